using Xunit.Sdk;
using Xunit.v3;

// Every test starts programs of its own, some of which train: side by side they would only wait for each other's cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
