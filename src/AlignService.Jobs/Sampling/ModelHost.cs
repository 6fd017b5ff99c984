using System.Collections.Concurrent;
using AlignService.Jobs.Workers;

namespace AlignService.Jobs.Sampling;

/// <summary>
/// The process of a loaded model, as seen from inside: reads calls from its standard input, samples them together on the thread that runs it, and writes what comes to its standard output. When the input
/// ends, because the server wants the model unloaded or has died, it ends too; where native code keeps it from that, it kills itself after a grace period.
/// </summary>
/// <param name="input">Standard input.</param>
/// <param name="output">Standard output.</param>
/// <param name="grace">From the end of the input until it kills itself.</param>
/// <param name="time">The clock of the grace period.</param>
public sealed class ModelHost(Stream input, Stream output, TimeSpan grace, TimeProvider time) : IDisposable
{
    /// <summary>The exit code of a process whose model could not be loaded.</summary>
    public const int NotLoaded = 6;

    private readonly BlockingCollection<ModelCommand> _commands = [];
    private readonly ConcurrentDictionary<long, CancellationTokenSource> _calls = [];
    private readonly Queue<ModelCommand> _waiting = [];
    private volatile bool _ended;
    private ITimer? _timer;

    /// <summary>Returns the exit code, when the input has ended.</summary>
    public int Run(Func<ISampledModel> load)
    {
        // A thread of its own: reading blocks, and a call must be cancelled while others are sampled.
        new Thread(ReadCommands) { IsBackground = true, Name = "calls" }.Start();
        ISampledModel model;
        try
        {
            model = load();
        }
        catch (AlignException fault)
        {
            Write(new ModelReply { Fault = fault.Message });
            return NotLoaded;
        }

        using (model)
        {
            Write(new ModelReply());
            Serve(model);
        }

        return WorkerExitCode.Done;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _commands.Dispose();
    }

    private void Serve(ISampledModel model)
    {
        while (Accept(mayWait: model.Count == 0 && _waiting.Count == 0))
        {
            // One call enters per token of the others: computing many prompts would hold them up.
            if (_waiting.TryPeek(out ModelCommand? next) && (IsCancelled(next) || model.HasRoomFor(next.Order!))) // only orders wait
            {
                Enter(_waiting.Dequeue(), model);
            }

            if (model.Count > 0)
            {
                Step(model);
            }
        }
    }

    /// <returns>False where the input has ended.</returns>
    private bool Accept(bool mayWait)
    {
        while (_commands.TryTake(out ModelCommand? command, mayWait ? Timeout.Infinite : 0))
        {
            _waiting.Enqueue(command);
            mayWait = false;
        }

        return !_ended;
    }

    private void Enter(ModelCommand call, ISampledModel model)
    {
        try
        {
            if (IsCancelled(call))
            {
                Tell(call.Call, new SampledPiece { FinishReason = SampledPiece.Cancelled });
            }
            else if (_calls.TryGetValue(call.Call, out CancellationTokenSource? cancellation))
            {
                model.Enter(call.Order!, piece => Tell(call.Call, piece), cancellation.Token); // only orders wait
            }
        }
        catch (AlignException fault)
        {
            Refuse(call.Call, fault.Message);
        }
    }

    private void Step(ISampledModel model)
    {
        try
        {
            model.Step();
        }
        catch (AlignException fault)
        {
            HashSet<long> waiting = [.. _waiting.Select(call => call.Call)];
            model.Clear();
            foreach (long call in _calls.Keys.Where(call => !waiting.Contains(call)))
            {
                Refuse(call, fault.Message);
            }
        }
    }

    private bool IsCancelled(ModelCommand call) => _calls.TryGetValue(call.Call, out CancellationTokenSource? cancellation) && cancellation.IsCancellationRequested;

    private void Tell(long call, SampledPiece piece)
    {
        if (piece.FinishReason is not null)
        {
            _calls.TryRemove(call, out _);
        }

        Write(new ModelReply { Call = call, Piece = piece });
    }

    private void Refuse(long call, string fault)
    {
        _calls.TryRemove(call, out _);
        Write(new ModelReply { Call = call, Fault = fault });
    }

    private void Write(ModelReply reply)
    {
        try
        {
            output.Write(ModelMessage.Write(reply));
            output.Flush();
        }
        catch (IOException)
        {
            // The server has died; the input says so too.
        }
    }

    private void ReadCommands()
    {
        try
        {
            using StreamReader reader = ModelMessage.Reader(input);
            while (reader.ReadLine() is { } line)
            {
                if (ModelMessage.TryRead<ModelCommand>(line) is { } command)
                {
                    Take(command);
                }
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }

        _timer = time.CreateTimer(static _ => WorkerLifeline.KillThisProcess(), null, grace, Timeout.InfiniteTimeSpan);
        _ended = true;
        _commands.CompleteAdding();
    }

    private void Take(ModelCommand command)
    {
        if (command.Order is not null)
        {
            _calls[command.Call] = new CancellationTokenSource();
            _commands.Add(command);
        }
        else if (_calls.TryGetValue(command.Call, out CancellationTokenSource? cancellation))
        {
            cancellation.Cancel();
        }
    }
}
