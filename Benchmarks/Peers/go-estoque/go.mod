module revoada.dev/benchmarks/estoque

go 1.27
