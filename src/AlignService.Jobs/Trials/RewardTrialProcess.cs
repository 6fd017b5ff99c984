using System.Diagnostics;
using AlignService.Jobs.Supervision;

namespace AlignService.Jobs.Trials;

/// <summary>Runs trials of rewards, each in a process of its own: a script or a model that takes the process down takes nothing else with it.</summary>
public sealed class RewardTrialProcess(WorkerProgram program) : IDisposable
{
    /// <summary>The exit code where a source cannot be set up; standard error says why.</summary>
    public const int Refused = 6;

    private const int AtOnce = 2, MostWaiting = 16, KeptLineCount = 20;

    private readonly SemaphoreSlim _places = new(AtOnce);
    private int _count;

    /// <param name="request">A TryRequest, as bytes.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <returns>A TryResponse, as bytes.</returns>
    /// <exception cref="AlignException">A source cannot be set up, the process died, or too many trials run.</exception>
    public async Task<byte[]> RunAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _count) > AtOnce + MostWaiting)
            {
                throw new TrialsBusyException($"{AtOnce + MostWaiting} trials run or wait already, and no more may; try again later.");
            }

            await _places.WaitAsync(cancellationToken);
            try
            {
                return await RunOneAsync(request, cancellationToken);
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<byte[]> RunOneAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using Process process = ChildProgram.Start(program, "cpu", static _ => ["worker", "--try-rewards"]);
        MemoryKills kills = MemoryKills.Before(process.Id);
        using CancellationTokenRegistration killing = cancellationToken.Register(() => Kill(process));
        using MemoryStream answer = new();
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(answer, CancellationToken.None);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(request, CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has exited, and its exit says why.
        }

        await reading;
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        string[] lines = (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return process.ExitCode switch
        {
            0 => answer.ToArray(),
            Refused => throw new TrialRefusedException(string.Join('\n', lines)),
            int code => throw new TrialLostException(new WorkerExit(code, [.. lines.TakeLast(KeptLineCount)]) { MemoryRecord = code == WorkerExit.Killed ? kills.Evidence() : null }),
        };
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has exited already.
        }
    }
}

/// <summary>A source of a trial cannot be set up.</summary>
public sealed class TrialRefusedException(string message) : AlignException(message)
{
    public override string Reason => "reward_invalid";
}

/// <summary>The process of a trial died.</summary>
public sealed class TrialLostException(WorkerExit exit) : AlignException($"The process that scored the completions {exit.Describe()}.")
{
    public override string Reason => "trial_lost";
}

/// <summary>As many trials as may run or wait do.</summary>
public sealed class TrialsBusyException(string message) : AlignException(message)
{
    public override string Reason => "trials_busy";
}
