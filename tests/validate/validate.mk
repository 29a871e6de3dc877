# Simulation of the engine's error rates; tests/validate/validate.c says what is printed.
$(B)/tests/validate/validate: $(call obj,tests/validate) $(DETECT) $(BASE) ; $(LINK)

check: validate-short
validate: $(B)/tests/validate/validate $(B)/tests/projects/looks  ## error rates of the engine by simulation, into web/docs/validation.md and detect/measured.def
	@mkdir -p web/docs
	@nice $< 1000 499 1 500 detect/measured.def >$(B)/validation.md
	@nice $(B)/tests/projects/looks 1000 1 >>$(B)/validation.md && mv $(B)/validation.md web/docs/validation.md
validate-short: $(B)/tests/validate/validate
	@timeout 300 $< 60 199 2 27 >$(B)/validation-short.md || { cat $(B)/validation-short.md; exit 1; }
.PHONY: validate validate-short
