using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>Remembers the names of what was logged.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _names = [];

    public IReadOnlyList<string> Names => [.. _names];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _names.Enqueue(eventId.Name ?? "");
}
