using System.Runtime.ExceptionServices;

namespace AlignService.Model.Decoding.Simd;

/// <summary>Work in phases of independent items; a phase begins when the previous one is done.</summary>
internal interface IPhasedWork
{
    int PhaseCount { get; }

    /// <summary>At least one.</summary>
    int ItemCount(int phase);

    /// <param name="phase">The phase.</param>
    /// <param name="item">The item's index.</param>
    /// <param name="worker">The worker that runs it; a worker runs one item at a time.</param>
    void Do(int phase, int item, int worker);
}

/// <summary>
/// A few threads that run phased work together; the caller is worker 0. A free thread takes the next item, and a phase waits for items
/// only, not for threads: on a crowded machine a thread that is not scheduled delays no other. A phase takes microseconds, so free
/// threads spin while there is work; between works they soon sleep.
/// </summary>
internal sealed class WorkTeam : IDisposable
{
    /// <summary>Spins before yielding the processor; about 50 microseconds.</summary>
    private const int SpinCount = 1500;

    private readonly Lock _oneWorkAtATime = new();
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private IPhasedWork _work = NoWork.Instance;
    private long _ticket = WorkTicket.Closed;
    private int _doneCount;
    private volatile bool _isWorking;
    private volatile bool _isDisposed;
    private volatile Exception? _failure;

    public WorkTeam(int workerCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workerCount, 1);
        WorkerCount = workerCount;
        _threads = [.. Enumerable.Range(1, workerCount - 1).Select(worker => new Thread(() => Serve(worker)) { IsBackground = true, Name = $"decoder {worker}" })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    public int WorkerCount { get; }

    /// <summary>Returns when all work is done. The first failure ends it and is thrown.</summary>
    public void Run(IPhasedWork work)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        lock (_oneWorkAtATime)
        {
            _failure = null;
            _work = work;
            Open(phase: 0);
            lock (_gate)
            {
                _isWorking = true;
                Monitor.PulseAll(_gate);
            }

            var spinner = new Spinner();
            while (!WorkTicket.IsClosed(Volatile.Read(ref _ticket)))
            {
                if (TryDoItem(worker: 0))
                {
                    spinner = new Spinner();
                }
                else
                {
                    spinner.Spin();
                }
            }

            _isWorking = false;
            _work = NoWork.Instance;
            if (_failure is Exception failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    /// <summary>Runs each of the independent items once.</summary>
    public void Run(int count, Action<int> action) => Run(new OnePhase(count, action));

    public void Dispose()
    {
        _isDisposed = true;
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Serve(int worker)
    {
        var spinner = new Spinner();
        while (!_isDisposed)
        {
            if (TryDoItem(worker))
            {
                spinner = new Spinner();
            }
            else if (_isWorking || !spinner.IsTired)
            {
                spinner.Spin();
            }
            else
            {
                Sleep();
                spinner = new Spinner();
            }
        }
    }

    private void Sleep()
    {
        lock (_gate)
        {
            while (!_isWorking && !_isDisposed)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private bool TryDoItem(int worker)
    {
        if (!WorkTicket.HasItem(Volatile.Read(ref _ticket)))
        {
            return false;
        }

        // The ticket itself says of what it was taken: a thread that comes late takes nothing that is not there.
        long ticket = Interlocked.Increment(ref _ticket) - 1;
        if (!WorkTicket.HasItem(ticket))
        {
            return false;
        }

        try
        {
            if (_failure is null)
            {
                _work.Do(WorkTicket.Phase(ticket), WorkTicket.Item(ticket), worker);
            }
        }
#pragma warning disable CA1031 // Whatever an item throws belongs to the caller of Run, and the others must not wait for it for ever.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        if (Interlocked.Increment(ref _doneCount) == WorkTicket.Count(ticket))
        {
            Open(WorkTicket.Phase(ticket) + 1);
        }

        return true;
    }

    private void Open(int phase)
    {
        _doneCount = 0;
        bool isEnd = phase == _work.PhaseCount || _failure is not null;
        Volatile.Write(ref _ticket, isEnd ? WorkTicket.Closed : WorkTicket.Of(phase, _work.ItemCount(phase)));
    }

    /// <summary>Waits briefly; yields the processor after a while.</summary>
    private struct Spinner
    {
        private int _count;

        public readonly bool IsTired => _count >= SpinCount;

        public void Spin()
        {
            if (IsTired)
            {
                Thread.Yield();
                return;
            }

            _count++;
            Thread.SpinWait(1);
        }
    }

    private sealed class OnePhase(int count, Action<int> action) : IPhasedWork
    {
        public int PhaseCount => 1;

        public int ItemCount(int phase) => count;

        public void Do(int phase, int item, int worker) => action(item);
    }

    private sealed class NoWork : IPhasedWork
    {
        public static NoWork Instance { get; } = new();

        public int PhaseCount => 0;

        public int ItemCount(int phase) => 0;

        public void Do(int phase, int item, int worker) => throw new InvalidOperationException("There is no work.");
    }
}

/// <summary>The next work in one machine word: the phase, its number of items, and the next item.</summary>
internal static class WorkTicket
{
    /// <summary>No phase and no item; negative, even with what late threads add to it.</summary>
    public const long Closed = -1L << ItemBits;

    private const int ItemBits = 20;
    private const long ItemMask = (1L << ItemBits) - 1;

    public static long Of(int phase, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ItemMask / 2);
        return ((long)phase << (2 * ItemBits)) | ((long)count << ItemBits);
    }

    public static int Phase(long ticket) => (int)(ticket >> (2 * ItemBits));

    public static int Count(long ticket) => (int)((ticket >> ItemBits) & ItemMask);

    public static int Item(long ticket) => (int)(ticket & ItemMask);

    public static bool IsClosed(long ticket) => ticket < 0;

    public static bool HasItem(long ticket) => !IsClosed(ticket) && Item(ticket) < Count(ticket);
}

/// <summary>A phase's units (rows, panels, heads) split into items of a few microseconds: large enough to be worth scheduling, small enough to share.</summary>
internal readonly record struct WorkShare(int ThingCount, int ThingsPerItem)
{
    /// <summary>Approximate multiply-adds that make an item worthwhile.</summary>
    private const long ItemCost = 100_000;

    public int ItemCount => (ThingCount + ThingsPerItem - 1) / ThingsPerItem;

    /// <param name="thingCount">Number of units.</param>
    /// <param name="costOfOne">Multiply-adds of one unit.</param>
    /// <param name="granularity">An item has a multiple of this many units.</param>
    public static WorkShare Of(int thingCount, long costOfOne, int granularity)
    {
        long things = Math.Clamp(ItemCost / Math.Max(1, costOfOne * granularity), 1, Math.Max(1, thingCount / granularity)) * granularity;
        return new WorkShare(thingCount, (int)things);
    }

    public (int Start, int End) Item(int item) => (item * ThingsPerItem, Math.Min(ThingCount, (item + 1) * ThingsPerItem));
}
