using System.Diagnostics;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>
/// Starts workers as child processes. This process holds the other end of their standard input: when that closes, because a worker is asked to stop or because this process
/// has died, the worker releases its job and exits (<see cref="Workers.WorkerLifeline"/>).
/// </summary>
public sealed class ProcessWorkerLauncher(WorkerProgram command, ILogger<ProcessWorkerLauncher> logger) : IWorkerLauncher
{
    public IWorkerProcess Launch(WorkerAssignment assignment) => new LocalWorkerProcess(
        ChildProgram.Start(command, assignment.Device, device => ["worker", "--job", assignment.JobId.Value, "--worker-id", assignment.WorkerId, "--device", device, "--supervised"]),
        assignment.JobId,
        logger);
}

/// <summary>A child process, whose output lines go to the log.</summary>
internal sealed class LocalWorkerProcess : IWorkerProcess
{
    private const int KeptLineCount = 20;

    private readonly Process _process;
    private readonly JobId _jobId;
    private readonly ILogger _logger;
    private readonly Queue<string> _lastLines = new();
    private readonly MemoryKills _kills;

    public LocalWorkerProcess(Process process, JobId jobId, ILogger logger)
    {
        _process = process;
        _jobId = jobId;
        _logger = logger;
        _kills = MemoryKills.Before(process.Id);
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
            // It has exited already.
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
            // It has exited already.
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
            return new WorkerExit(_process.ExitCode, [.. _lastLines]) { MemoryRecord = _process.ExitCode == WorkerExit.Killed ? _kills.Evidence() : null };
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
