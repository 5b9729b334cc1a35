.PHONY: up test lint

up test lint:
	@./dev $@
