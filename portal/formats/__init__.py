"""How each language writes dates: a module for each, as FORMAT_MODULE_PATH wants them."""
