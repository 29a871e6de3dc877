# False alarms of projects that are judged after every round; looks.c says what is printed.
$(B)/tests/projects/looks: $(B)/tests/projects/looks.o $(B)/tests/validate/sim.o $(B)/tests/validate/scenarios.o $(TESTLIB) $(LIBS) $(LIBH2O) ; $(LINK)
$(B)/tests/projects/looks.o: $(LIBH2O)

validate-looks: $(B)/tests/projects/looks  ## rate of false alarms of projects judged after every round
	@nice $< 1000 1
.PHONY: validate-looks
