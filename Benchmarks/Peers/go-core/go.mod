module revoada.dev/benchmarks/core

go 1.27
