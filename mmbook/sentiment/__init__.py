"""The sentiment system of chapter 5: prepare, train, evaluate, predict."""
