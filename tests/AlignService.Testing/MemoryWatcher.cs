namespace AlignService.Testing;

/// <summary>A thread that looks at this process's anonymous memory all the time and remembers the most.</summary>
internal sealed class MemoryWatcher : IDisposable
{
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _looked = new();
    private long _peak;
    private volatile bool _stopped;

    internal MemoryWatcher()
    {
        _thread = new Thread(Watch) { IsBackground = true };
        _thread.Start();
        _looked.Wait();
    }

    /// <summary>Bytes.</summary>
    internal long Peak => Interlocked.Read(ref _peak);

    /// <summary>Forgets the peak; returns the value of now.</summary>
    internal long Restart()
    {
        long now = ProcessStatus.Read("RssAnon");
        Interlocked.Exchange(ref _peak, now);
        return now;
    }

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _looked.Dispose();
    }

    private void Watch()
    {
        while (!_stopped)
        {
            long now = ProcessStatus.Read("RssAnon");
            if (now > Peak)
            {
                Interlocked.Exchange(ref _peak, now);
            }

            _looked.Set();
        }
    }
}
