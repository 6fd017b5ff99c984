using AlignService.Jobs.Supervision;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AlignService.Jobs.Tests.Supervision;

/// <summary>Real child processes: a shell in the worker's place.</summary>
public sealed class ProcessWorkerLauncherTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Launch_PassesArgumentsEnvironmentAndLastLines()
    {
        using IWorkerProcess worker = Launch("echo \"$@\"; echo $OMP_WAIT_POLICY $EXTRA $CUDA_VISIBLE_DEVICES >&2; exit 7", device: "cuda:3");
        WorkerExit exit = await worker.Exited.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(7, exit.Code);
        Assert.Contains("worker --job job-0001 --worker-id w1 --device cuda:0 --supervised", exit.LastLines);
        Assert.Contains("PASSIVE extra 3", exit.LastLines);
    }

    [Fact(Timeout = Limit)]
    public async Task Launch_MuchOutput_KeepsTheLastLines()
    {
        using IWorkerProcess worker = Launch("i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo line $i; done");
        WorkerExit exit = await worker.Exited.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(4981, 20).Select(number => $"line {number}"), exit.LastLines);
    }

    [Fact(Timeout = Limit)]
    public async Task Kill_EndsItWithItsChildren()
    {
        var started = new LineLogger("started");
        using IWorkerProcess worker = Launch("sleep 1000 & echo started; wait", logger: started);
        await started.Seen.WaitAsync(TestContext.Current.CancellationToken);

        worker.Kill();
        // The child holds the output open: as long as it lives, the worker counts as running.
        WorkerExit exit = await worker.Exited.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(137, exit.Code);
        Assert.Contains("signal 9", exit.Describe(), StringComparison.Ordinal);

        // Neither minds that it has gone.
        worker.Kill();
        worker.RequestStop();
    }

    [Fact(Timeout = Limit)]
    public async Task RequestStop_EndsItsStandardInput()
    {
        using IWorkerProcess worker = Launch("read line; echo input ended; exit 0");
        worker.RequestStop();
        WorkerExit exit = await worker.Exited.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["input ended"], exit.LastLines);
    }

    [Fact]
    public void Launch_UnknownProgram_SaysSo()
    {
        var launcher = new ProcessWorkerLauncher(new WorkerProgram { FileName = "/no/such/program" }, NullLogger<ProcessWorkerLauncher>.Instance);
        WorkerLaunchException error = Assert.Throws<WorkerLaunchException>(() => launcher.Launch(new WorkerAssignment(new JobId("job-0001"), "w1", "cpu")));
        Assert.Contains("/no/such/program", error.Message, StringComparison.Ordinal);
    }

    private static IWorkerProcess Launch(string script, string device = "cpu", ILogger<ProcessWorkerLauncher>? logger = null)
    {
        var command = new WorkerProgram
        {
            FileName = "/bin/sh",
            Arguments = ["-c", script, "sh"],
            Environment = new Dictionary<string, string> { ["EXTRA"] = "extra" },
        };
        return new ProcessWorkerLauncher(command, logger ?? NullLogger<ProcessWorkerLauncher>.Instance).Launch(new WorkerAssignment(new JobId("job-0001"), "w1", device));
    }

    /// <summary>Tells when a worker has written a line.</summary>
    private sealed class LineLogger(string line) : ILogger<ProcessWorkerLauncher>
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == "worker_output" && formatter(state, exception).EndsWith(line, StringComparison.Ordinal))
            {
                _seen.TrySetResult();
            }
        }
    }
}
