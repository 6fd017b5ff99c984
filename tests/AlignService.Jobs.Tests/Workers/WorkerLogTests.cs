using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>What a worker logs can be found by the record's name and by the job.</summary>
public sealed class WorkerLogTests : EngineTest
{
    [Fact]
    public async Task Run_EveryRecord_HasANameAndTheJobAsItsScope()
    {
        JobId id = await QueueAsync();
        var logger = new ScopeLogger();
        await new JobWorker(Ports, new FakeTrainingRunFactory { StepCount = 2 }, new JobWorkerOptions(), Clock, logger).RunAsync(id, "w1", Token);

        Assert.Equal(["attempt_started", "attempt_ended"], logger.Records.Select(record => record.Name));
        Assert.All(logger.Records, record => Assert.Equal($"job {id}", record.Scope));
    }

    private sealed class ScopeLogger : ILogger<JobWorker>
    {
        private string? _scope;

        public List<(string? Name, string? Scope)> Records { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            _scope = state.ToString();
            return new Scope(this);
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Records.Add((eventId.Name, _scope));

        private sealed class Scope(ScopeLogger logger) : IDisposable
        {
            public void Dispose() => logger._scope = null;
        }
    }
}
