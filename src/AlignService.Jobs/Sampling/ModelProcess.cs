using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using AlignService.Jobs.Supervision;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Sampling;

/// <summary>The process of a loaded model, as seen from the server (<see cref="ModelHost"/> is the other side).</summary>
internal sealed class ModelProcess
{
    private const int KeptLineCount = 20;

    private readonly Process _process;
    private readonly LoadableModel _model;
    private readonly ILogger _logger;
    private readonly MemoryKills _kills;
    private readonly Lock _writing = new();
    private readonly ConcurrentDictionary<long, ChannelWriter<ModelReply>> _calls = [];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _lastLines = new();
    private volatile bool _hasExited;
    private long _lastCall;

    private ModelProcess(Process process, LoadableModel model, ILogger logger)
    {
        (_process, _model, _logger) = (process, model, logger);
        Id = process.Id;
        _kills = MemoryKills.Before(Id);
        SamplingLog.Started(logger, model.Name, Id);
        Exited = ExitAsync();
    }

    /// <summary>Completes when the model is loaded; fails where it cannot be, or the process has died.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Completes when the process has exited. Never fails.</summary>
    public Task<WorkerExit> Exited { get; }

    /// <summary>Before any call is told.</summary>
    public bool HasExited => _hasExited;

    public int Id { get; }

    /// <exception cref="WorkerLaunchException">It could not be started.</exception>
    public static ModelProcess Start(WorkerProgram program, LoadableModel model, string device, ILogger logger) =>
        new(ChildProgram.Start(program, device, name => ["worker", "--model", model.Directory, "--device", name]), model, logger);

    /// <summary>Samples one text; the last piece has a finish reason.</summary>
    /// <exception cref="SamplingRefusedException">The process cannot sample it.</exception>
    /// <exception cref="ModelProcessLostException">The process has died.</exception>
    public async IAsyncEnumerable<SampledPiece> SampleAsync(SampleOrder order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long call = Interlocked.Increment(ref _lastCall);
        Channel<ModelReply> replies = Channel.CreateUnbounded<ModelReply>(new UnboundedChannelOptions { SingleReader = true });
        _calls[call] = replies.Writer;
        if (_hasExited)
        {
            replies.Writer.TryComplete(Lost(await Exited));
        }

        bool ended = false;
        try
        {
            Send(new ModelCommand(call, order));
            await foreach (ModelReply reply in replies.Reader.ReadAllAsync(cancellationToken))
            {
                ended = reply.IsLast;
                yield return reply.Piece ?? throw new SamplingRefusedException(reply.Fault ?? "the process gave no reason");
            }
        }
        finally
        {
            if (!ended)
            {
                // Its last piece is still to come, and says how far it was.
                Send(new ModelCommand(call, null));
            }
        }
    }

    /// <summary>Asks it to exit.</summary>
    public void RequestStop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It has exited already.
        }
    }

    /// <summary>Kills it at once.</summary>
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

    /// <summary>Whole lines. The process reads them on a thread that does nothing else, so nobody waits for long. What cannot be sent has no answer: the process's exit says so to every call.</summary>
    private void Send(ModelCommand command)
    {
        try
        {
            lock (_writing)
            {
                Stream input = _process.StandardInput.BaseStream;
                input.Write(ModelMessage.Write(command));
                input.Flush();
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It has exited, or is about to.
        }
    }

    private async Task<WorkerExit> ExitAsync()
    {
        Task lines = Task.WhenAll(ReadRepliesAsync(), ReadLogAsync());
        await _process.WaitForExitAsync(CancellationToken.None);
        await lines;
        WorkerExit exit;
        lock (_lastLines)
        {
            exit = new WorkerExit(_process.ExitCode, [.. _lastLines]) { MemoryRecord = _process.ExitCode == WorkerExit.Killed ? _kills.Evidence() : null };
        }

        SamplingLog.Exited(_logger, _model.Name, Id, exit.Code);
        _hasExited = true;
        _process.Dispose();
        _loaded.TrySetException(Lost(exit));
        _ = _loaded.Task.Exception; // somebody may have waited for it, or nobody
        foreach (ChannelWriter<ModelReply> call in _calls.Values)
        {
            call.TryComplete(Lost(exit));
        }

        return exit;
    }

    private ModelProcessLostException Lost(WorkerExit exit) => new(_model.Name, exit);

    private async Task ReadRepliesAsync()
    {
        using StreamReader reader = ModelMessage.Reader(_process.StandardOutput.BaseStream);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (ModelMessage.TryRead<ModelReply>(line) is not { } reply)
            {
                Keep(line);
            }
            else if (reply.Call == 0)
            {
                _ = reply.Fault is { } fault ? _loaded.TrySetException(new ModelNotLoadedException(fault)) : _loaded.TrySetResult();
            }
            else
            {
                Dispatch(reply);
            }
        }
    }

    private void Dispatch(ModelReply reply)
    {
        if (reply.Piece is { FinishReason: SampledPiece.Cancelled } cancelled)
        {
            SamplingLog.Cancelled(_logger, _model.Name, reply.Call, cancelled.TokenCount);
        }

        if (reply.IsLast ? _calls.TryRemove(reply.Call, out ChannelWriter<ModelReply>? call) : _calls.TryGetValue(reply.Call, out call))
        {
            call.TryWrite(reply);
            if (reply.IsLast)
            {
                call.TryComplete();
            }
        }
    }

    private async Task ReadLogAsync()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None) is { } line)
        {
            Keep(line);
        }
    }

    private void Keep(string line)
    {
        SamplingLog.Line(_logger, _model.Name, line);
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
