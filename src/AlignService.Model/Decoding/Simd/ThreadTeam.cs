using System.Runtime.ExceptionServices;

namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// A few threads that work through one job together; the caller is worker 0. Between the phases of a job they meet at
/// <see cref="Meet"/>, which spins, for a phase takes microseconds. Between jobs they soon sleep.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    /// <summary>Spins before the processor is offered to others; some 50 microseconds.</summary>
    private const int SpinCount = 1500;

    private readonly Lock _oneJobAtATime = new();
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private Action<int> _job = static _ => { };
    private int _jobNumber;
    private int _workingCount;
    private int _arrivedCount;
    private int _meetingNumber;
    private volatile Exception? _failure;
    private volatile bool _isDisposed;

    public ThreadTeam(int workerCount)
    {
        WorkerCount = workerCount;
        _threads = [.. Enumerable.Range(1, workerCount - 1).Select(worker => new Thread(() => Serve(worker)) { IsBackground = true, Name = $"decoder {worker}" })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    public int WorkerCount { get; }

    /// <summary>Runs the job once for each worker number and returns when all are done; the first failure is thrown.</summary>
    public void Run(Action<int> job)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        lock (_oneJobAtATime)
        {
            _failure = null;
            _arrivedCount = 0;
            _workingCount = WorkerCount;
            lock (_gate)
            {
                _job = job;
                _jobNumber++;
                Monitor.PulseAll(_gate);
            }

            RunShare(job, worker: 0);
            var spinner = new Spinner();
            while (Volatile.Read(ref _workingCount) > 0)
            {
                spinner.Spin();
            }

            if (_failure is Exception failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    /// <summary>A worker's part of so many things, as even as can be and always the same.</summary>
    public (int Start, int End) Share(int count, int worker) =>
        ((int)((long)count * worker / WorkerCount), (int)((long)count * (worker + 1) / WorkerCount));

    /// <summary>Called by every worker of the running job: returns when all have come.</summary>
    public void Meet()
    {
        int meeting = Volatile.Read(ref _meetingNumber);
        if (Interlocked.Increment(ref _arrivedCount) == WorkerCount)
        {
            _arrivedCount = 0;
            Volatile.Write(ref _meetingNumber, meeting + 1);
            return;
        }

        var spinner = new Spinner();
        while (Volatile.Read(ref _meetingNumber) == meeting)
        {
            if (_failure is not null)
            {
                throw new OperationCanceledException("Another worker of the team has failed.");
            }

            spinner.Spin();
        }
    }

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
        int doneJobNumber = 0;
        while (WaitForJob(doneJobNumber))
        {
            doneJobNumber++;
            RunShare(_job, worker);
        }
    }

    /// <summary>False when the team is disposed.</summary>
    private bool WaitForJob(int doneJobNumber)
    {
        for (int i = 0; i < SpinCount && Volatile.Read(ref _jobNumber) == doneJobNumber; i++)
        {
            Thread.SpinWait(1);
        }

        lock (_gate)
        {
            while (_jobNumber == doneJobNumber && !_isDisposed)
            {
                Monitor.Wait(_gate);
            }

            return !_isDisposed;
        }
    }

    private void RunShare(Action<int> job, int worker)
    {
        try
        {
            job(worker);
        }
#pragma warning disable CA1031 // Whatever a worker throws belongs to the caller of Run, and the team must not wait for it for ever.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
        finally
        {
            Interlocked.Decrement(ref _workingCount);
        }
    }

    /// <summary>Waits briefly; a processor that others want is yielded after a while.</summary>
    private struct Spinner
    {
        private int _count;

        public void Spin()
        {
            if (_count < SpinCount)
            {
                _count++;
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }
}
