using System.Data.Common;
using AlignService.Jobs.Ports;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Renews a job's lease while the job runs, and signals when the work must stop: cancel request, time limit, lost lease, end of the process. A lease whose work hangs is not renewed.
/// </summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly IJobCatalog _catalog;
    private readonly IJobLeases _leases;
    private readonly JobWorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _start;
    private readonly TimeSpan? _timeLeft;
    private readonly CancellationTokenSource _interrupted = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _stopping;
    private ITimer? _stopDeadline;
    private readonly Task _keeping;
    private JobLease _lease;
    private int _cause;
    private volatile CancellationTokenSource _pause = new();
    private volatile bool _isOver;

    /// <param name="ports">Access to the job and its lease.</param>
    /// <param name="job">The job, just claimed.</param>
    /// <param name="options">How often to renew.</param>
    /// <param name="heartbeat">Of the work: a lease whose work hangs is not renewed.</param>
    /// <param name="time">The clock of renewals and of the time limit.</param>
    /// <param name="logger">Receives failed renewals.</param>
    /// <param name="stoppingToken">The process must exit.</param>
    public LeaseKeeper(JobWorkerPorts ports, Job job, JobWorkerOptions options, Func<long> heartbeat, TimeProvider time, ILogger logger, CancellationToken stoppingToken)
    {
        _catalog = ports.Catalog;
        _leases = ports.Leases;
        _lease = job.HeldLease;
        _options = options;
        Pulse = new TrainingPulse(heartbeat, time);
        _time = time;
        _logger = logger;
        _start = time.GetTimestamp();
        _timeLeft = job.Spec.Limits.MaxDuration is { } limit ? limit - job.ActiveTime : null;
        Stopping = stoppingToken;
        _stopping = stoppingToken.Register(BeginStop);
        _keeping = KeepAsync(_ended.Token);
    }

    /// <summary>Of the thread that works under the lease.</summary>
    public TrainingPulse Pulse { get; }

    /// <summary>Cancelled when the process must exit: the work ends at its next safe point, and at the latest when it is interrupted.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Whether the process must exit, and nothing more important happened.</summary>
    public bool IsStopping => Cause == Interruption.Stopping || (Cause == Interruption.None && Stopping.IsCancellationRequested);

    /// <summary>
    /// Completes when the training thread has done nothing for as long as it may. It sees no cancellation, so only the end of the process ends it; watched whatever has become of the lease.
    /// </summary>
    public Task Stuck => _stuck.Task;

    /// <summary>Cancelled when the work must stop at once.</summary>
    public CancellationToken Interrupted => _interrupted.Token;

    /// <summary>The first reason, but a lost lease takes precedence.</summary>
    public Interruption Cause => (Interruption)Volatile.Read(ref _cause);

    /// <summary>A user asked to pause the job after the current step. May be withdrawn.</summary>
    public bool PauseRequested => _pause.IsCancellationRequested;

    /// <summary>Cancelled while a pause is requested; another one after it was withdrawn.</summary>
    public CancellationToken Pausing => _pause.Token;

    /// <summary>Since the claim, on the monotonic clock: the wall clock can jump by hours.</summary>
    private TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>The job's end is about to be recorded: that its lease ends then is no interruption.</summary>
    public void Finish() => _isOver = true;

    /// <summary>Stops renewing; the lease stays as it is.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        if (_stopDeadline is { } deadline)
        {
            await deadline.DisposeAsync();
        }

        await _ended.CancelAsync();
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _interrupted.Dispose();
        _pause.Dispose();
        _ended.Dispose();
    }

    private void BeginStop()
    {
        if (_options.StopGrace > TimeSpan.Zero)
        {
            _stopDeadline = _time.CreateTimer(_ => Interrupt(Interruption.Stopping), null, _options.StopGrace / 2, Timeout.InfiniteTimeSpan);
        }
        else
        {
            Interrupt(Interruption.Stopping);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        await RenewAndLookAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        // Whatever ended it before its owner did: a lease that nobody renews is as good as lost.
        Interrupt(Interruption.LeaseLost);
        while (!IsStuck(out TimeSpan _))
        {
            await Task.Delay(_options.RenewInterval, _time, cancellationToken);
        }

        _stuck.SetResult();
    }

    private bool IsStuck(out TimeSpan still) => (still = Pulse.StillFor()) >= _options.StuckAfter;

    private async Task RenewAndLookAsync(CancellationToken cancellationToken)
    {
        await using IJobChanges changes = await _catalog.FollowAsync(_lease.JobId, cancellationToken);
        TimeSpan renewAt = Elapsed + _options.RenewInterval, leaseEnds = Elapsed + _options.LeaseDuration;
        bool isFailing = false;
        while (Cause != Interruption.LeaseLost)
        {
            try
            {
                if (IsStuck(out TimeSpan still))
                {
                    WorkerLog.Stuck(_logger, _lease.JobId, still);
                    return;
                }

                if (Elapsed >= renewAt)
                {
                    TimeSpan asked = Elapsed;
                    LeaseRenewal renewal = await _leases.RenewAsync(_lease, _options.LeaseDuration, cancellationToken);
                    _lease = renewal.Lease;
                    (renewAt, leaseEnds) = (asked + _options.RenewInterval, asked + _options.LeaseDuration);
                }

                await LookAsync(cancellationToken);
                if (isFailing)
                {
                    WorkerLog.RenewalContinued(_logger, _lease.JobId);
                    isFailing = false;
                }
            }
            catch (LeaseLostException)
            {
                Interrupt(Interruption.LeaseLost);
            }
            catch (DbException exception)
            {
                if (!isFailing)
                {
                    WorkerLog.RenewalFailed(_logger, exception, _lease.JobId, _lease.ExpiresAt);
                    isFailing = true;
                }

                // Where the store takes nothing from anyone, nobody can have claimed the job; the renewal that succeeds will tell.
                if (Elapsed >= leaseEnds && StorageFault.Of(exception) is null)
                {
                    Interrupt(Interruption.LeaseLost);
                }

                await Task.Delay(RetryInterval, _time, cancellationToken);
                continue;
            }

            await changes.WaitAsync(UntilNextLook(renewAt), cancellationToken);
        }
    }

    /// <summary>Read-only: a renewal at every change would itself be a change.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        Job job = await _catalog.FindAsync(_lease.JobId, cancellationToken) ?? throw new JobNotFoundException(_lease.JobId);
        HeedPause(job.PauseRequested);
        if (job.Lease?.Token != _lease.Token)
        {
            Interrupt(Interruption.LeaseLost);
        }
        else if (job.CancelRequested)
        {
            Interrupt(Interruption.CancelRequested);
        }
        else if (Elapsed >= _timeLeft)
        {
            Interrupt(Interruption.TimeLimit);
        }
    }

    private void HeedPause(bool isRequested)
    {
        if (isRequested)
        {
            _pause.Cancel();
        }
        else if (_pause.IsCancellationRequested)
        {
            _pause = new(); // the one that was withdrawn may still be looked at
        }
    }

    private TimeSpan UntilNextLook(TimeSpan renewAt)
    {
        TimeSpan next = _timeLeft is { } left && Cause == Interruption.None && left < renewAt ? left : renewAt, wait = next - Elapsed;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private void Interrupt(Interruption cause)
    {
        if (_isOver)
        {
            return;
        }

        bool isNews = cause == Interruption.LeaseLost
            ? Interlocked.Exchange(ref _cause, (int)cause) != (int)cause
            : Interlocked.CompareExchange(ref _cause, (int)cause, (int)Interruption.None) == (int)Interruption.None;
        if (isNews)
        {
            WorkerLog.Interrupted(_logger, _lease.JobId, cause);
            _interrupted.Cancel();
        }
    }
}

/// <summary>Why a worker must stop before its job is done.</summary>
internal enum Interruption
{
    None,

    /// <summary>The process must exit; another worker continues.</summary>
    Stopping,

    /// <summary>A user wants the job to end.</summary>
    CancelRequested,

    /// <summary>The job has used up its time.</summary>
    TimeLimit,

    /// <summary>Another worker holds the job; nothing may be written.</summary>
    LeaseLost,
}
