using System.Diagnostics;
using AlignService.Specs;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>A child process, whose lines go to the log.</summary>
internal sealed class LocalWorkerProcess : IWorkerProcess
{
    private const int KeptLineCount = 20;

    private readonly Process _process;
    private readonly JobId _jobId;
    private readonly ILogger _logger;
    private readonly Queue<string> _lastLines = new();

    public LocalWorkerProcess(Process process, JobId jobId, ILogger logger)
    {
        _process = process;
        _jobId = jobId;
        _logger = logger;
        SupervisorLog.Started(logger, jobId, process.Id);
        Exited = ExitAsync();
    }

    public Task<WorkerExit> Exited { get; }

    public void RequestStop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has gone already.
        }
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has gone already.
        }
    }

    public void Dispose() => _process.Dispose();

    private async Task<WorkerExit> ExitAsync()
    {
        Task lines = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
        await _process.WaitForExitAsync(CancellationToken.None);
        await lines;
        SupervisorLog.Exited(_logger, _jobId, _process.Id, _process.ExitCode);
        lock (_lastLines)
        {
            return new WorkerExit(_process.ExitCode, [.. _lastLines]);
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            SupervisorLog.Line(_logger, _jobId, line);
            lock (_lastLines)
            {
                _lastLines.Enqueue(line);
                if (_lastLines.Count > KeptLineCount)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }
}
