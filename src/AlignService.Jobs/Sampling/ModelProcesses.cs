using System.Runtime.CompilerServices;
using AlignService.Jobs.Supervision;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Sampling;

/// <summary>
/// The models that are loaded for sampling, each in a process of its own: started by the first call, kept while calls come, and stopped when none has come for a while, when another model needs the place, or
/// when the files of the model have changed.
/// </summary>
public sealed class ModelProcesses(WorkerProgram program, ModelProcessOptions options, TimeProvider time, ILogger<ModelProcesses> logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<LoadedModel> _models = [];
    private bool _isDisposed;

    /// <summary>Samples one text; the last piece has a finish reason.</summary>
    /// <exception cref="AlignException">The model cannot be loaded, everything is in use, or its process died.</exception>
    public async IAsyncEnumerable<SampledPiece> SampleAsync(LoadableModel model, SampleOrder order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LoadedModel loaded = Take(model);
        try
        {
            // Set before the lock was left.
            ModelProcess process = await loaded.Process!.WaitAsync(cancellationToken);
            await foreach (SampledPiece piece in process.SampleAsync(order, cancellationToken))
            {
                yield return piece;
            }
        }
        finally
        {
            Release(loaded);
        }
    }

    /// <summary>Ends every process.</summary>
    public async ValueTask DisposeAsync()
    {
        LoadedModel[] all;
        lock (_lock)
        {
            _isDisposed = true;
            all = [.. _models];
        }

        await Task.WhenAll(all.Select(model => StopAsync(model, "the server stops")));
    }

    /// <summary>For tests: the processes that run, by the name of their model; each task completes when its process has gone from here.</summary>
    internal IReadOnlyList<(string Model, Task<int> ProcessId, Task Gone)> Running
    {
        get
        {
            lock (_lock)
            {
                return [.. _models.Select(model => (model.Model.Name, IdAsync(model), (Task)model.Gone.Task))];
            }
        }
    }

    private static async Task<int> IdAsync(LoadedModel model) => (await model.Process!).Id; // set before the lock was left

    /// <summary>A model with one more call; loaded, or about to be.</summary>
    private LoadedModel Take(LoadableModel model)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _models.ForEach(loaded => loaded.IsLeaving |= loaded.HasDied);
            LoadedModel? known = _models.Find(loaded => !loaded.IsLeaving && loaded.Model.Directory == model.Directory && !loaded.IsOutdated);
            if (known is not null && known.Model.Stamp == model.Stamp)
            {
                if (known.Calls >= options.MaxCalls)
                {
                    throw ModelsBusyException.OfCalls(model.Name, options.MaxCalls);
                }

                known.Begin();
                return known;
            }

            // One whose files have changed ends when its calls have.
            if (known is { Calls: > 0 })
            {
                known.IsOutdated = true;
            }

            LoadedModel added = new(model);
            Task[] places = [.. MakeRoom(model).Select(victim => StopAsync(victim, "another model needs its place")), .. _models.Where(loaded => loaded.IsLeaving).Select(loaded => loaded.Gone.Task)];
            _models.Add(added);
            added.Begin();
            added.Process = Task.Run(() => StartAsync(added, places));
            return added;
        }
    }

    /// <summary>Those that must go for this one: idle, and unused for the longest time.</summary>
    private List<LoadedModel> MakeRoom(LoadableModel model)
    {
        if (model.Bytes > options.MemoryBytes)
        {
            throw new ModelTooLargeException(model, options.MemoryBytes);
        }

        LoadedModel[] all = [.. _models.Where(loaded => !loaded.IsLeaving)];
        List<LoadedModel> victims = [.. all.Where(loaded => loaded.Calls == 0 && loaded.Model.Directory == model.Directory)];
        LoadedModel[] staying = [.. all.Except(victims)];
        Queue<LoadedModel> idle = new(staying.Where(loaded => loaded.Calls == 0).OrderBy(loaded => loaded.LastUse));
        int count = staying.Length;
        long bytes = staying.Sum(loaded => loaded.Model.Bytes);
        while (count >= options.MaxModels || bytes + model.Bytes > options.MemoryBytes)
        {
            LoadedModel victim = idle.Count > 0 ? idle.Dequeue() : throw ModelsBusyException.OfModels(options.MaxModels);
            victims.Add(victim);
            (count, bytes) = (count - 1, bytes - victim.Model.Bytes);
        }

        return victims;
    }

    private async Task<ModelProcess> StartAsync(LoadedModel loaded, IReadOnlyList<Task> places)
    {
        try
        {
            await Task.WhenAll(places);
            ModelProcess process = ModelProcess.Start(program, loaded.Model, options.Device, logger);
            loaded.Started.SetResult(process);
            _ = ForgetAsync(loaded, process);
            await process.Loaded;
            return process;
        }
        catch (WorkerLaunchException)
        {
            loaded.Started.SetResult(null);
            Forget(loaded);
            throw;
        }
    }

    private async Task ForgetAsync(LoadedModel loaded, ModelProcess process)
    {
        await process.Exited;
        Forget(loaded);
    }

    private void Forget(LoadedModel loaded)
    {
        lock (_lock)
        {
            loaded.IsLeaving = true;
            loaded.Timer?.Dispose();
            _models.Remove(loaded);
        }

        loaded.Gone.TrySetResult();
    }

    private void Release(LoadedModel loaded)
    {
        lock (_lock)
        {
            loaded.End(time);
            if (loaded is not { Calls: 0, IsLeaving: false })
            {
                return;
            }

            long use = loaded.Uses;
            TimeSpan wait = loaded.IsOutdated ? TimeSpan.Zero : options.IdleTimeout;
            loaded.Timer = time.CreateTimer(_ => Unload(loaded, use), null, wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Unload(LoadedModel loaded, long use)
    {
        lock (_lock)
        {
            if (loaded.Calls == 0 && loaded.Uses == use && !loaded.IsLeaving)
            {
                _ = StopAsync(loaded, loaded.IsOutdated ? "its files have changed" : "nobody samples from it");
            }
        }
    }

    /// <summary>Returns when its process has exited. What is done before the first wait happens at once.</summary>
    private async Task StopAsync(LoadedModel loaded, string why)
    {
        lock (_lock)
        {
            loaded.IsLeaving = true;
        }

        loaded.Timer?.Dispose();
        if (await loaded.Started.Task is not { } process)
        {
            return;
        }

        SamplingLog.Unloaded(logger, loaded.Model.Name, why);
        process.RequestStop();
        using var done = new CancellationTokenSource();
        await Task.WhenAny(process.Exited, Task.Delay(options.StopGrace, time, done.Token));
        await done.CancelAsync();
        if (!process.Exited.IsCompleted)
        {
            SamplingLog.Killed(logger, loaded.Model.Name, process.Id);
            process.Kill();
        }

        await process.Exited;
    }

    /// <summary>A model with its process, and who uses it. Changed under the lock.</summary>
    private sealed class LoadedModel(LoadableModel model)
    {
        public LoadableModel Model => model;

        /// <summary>With the model loaded.</summary>
        public Task<ModelProcess>? Process { get; set; }

        /// <summary>As soon as it runs; null: it could not be started.</summary>
        public TaskCompletionSource<ModelProcess?> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Its calls are told so before its exit is noticed here.</summary>
        public bool HasDied => Started.Task is { IsCompletedSuccessfully: true } started && started.GetAwaiter().GetResult() is { HasExited: true };

        public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Calls { get; private set; }

        /// <summary>All calls so far.</summary>
        public long Uses { get; private set; }

        public long LastUse { get; private set; }

        /// <summary>No further call may use it.</summary>
        public bool IsLeaving { get; set; }

        /// <summary>Its files have changed.</summary>
        public bool IsOutdated { get; set; }

        public ITimer? Timer { get; set; }

        public void Begin()
        {
            Calls++;
            Uses++;
            Timer?.Dispose();
        }

        public void End(TimeProvider time)
        {
            Calls--;
            LastUse = time.GetTimestamp();
        }
    }
}
