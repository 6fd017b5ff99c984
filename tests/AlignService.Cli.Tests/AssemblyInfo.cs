using Xunit.Sdk;
using Xunit.v3;

// Every test starts programs of its own and waits for them most of the time; those that train hard run alone (DisableParallelization).
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 2)]
