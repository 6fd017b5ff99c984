using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>
/// A source outside the worker: a scorer, or several judges whose median counts. What it does not answer in time, or not validly, is left out, or ends or pauses the job, as its
/// settings say; it is never taken for 0.
/// </summary>
internal sealed class RemoteReward : IRemoteReward, IDisposable
{
    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly CallConfig _config;
    private readonly RemoteSetup _setup;
    private readonly bool _wholeGroups;
    private readonly ISegmentFinder? _segments;
    private readonly CallGuard _guard;
    private readonly RemoteScoring[] _scorings;

    /// <param name="name">Of the reward.</param>
    /// <param name="config">How it is asked.</param>
    /// <param name="scorers">One, or several judges. Owned.</param>
    /// <param name="setup">Of the run.</param>
    /// <param name="options">What is asked about.</param>
    public RemoteReward(string name, CallConfig config, IReadOnlyList<IScorer> scorers, RemoteSetup setup, RemoteRewardOptions options)
    {
        (_name, _config, _setup) = (name, config, setup);
        (_wholeGroups, _segments) = (options.WholeGroups, options.Segments);
        _guard = new(name, config, options.TokensPerMinute, setup);
        _scorings = [.. scorers.Select(scorer => new RemoteScoring(scorer, config, _guard, setup.Journal))];
    }

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        ScoreAsync(requests, cancellationToken).GetAwaiter().GetResult().Scores;

    public async Task<RemoteScores> ScoreAsync(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        long start = _setup.Time.GetTimestamp();
        CallStatistics statistics = new();
        if (requests.Count == 0)
        {
            return new([], statistics.Report(), TimeSpan.Zero, []);
        }

        // 1. What is asked: completions, or the completions of a prompt together.
        IGrouping<int, int>[] rows = [.. Enumerable.Range(0, requests.Count).GroupBy(row => _wholeGroups ? requests[row].Group : row)];
        ScoringUnit[] units = [.. rows.Select(group => new ScoringUnit([.. group.Select(row => new ScorableCompletion(requests[row], _segments?.Find(requests[row])))]))];

        // 2. Everyone is asked until the deadline; whoever watches this process sees that it is at work.
        IReadOnlyList<UnitResult>[] results;
        CancellationToken pausing = _setup.Pausing();
        using (var deadline = new CancellationTokenSource(_config.Deadline, _setup.Time))
        using (var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pausing, deadline.Token))
        using (_setup.Time.CreateTimer(static _ => Heartbeat.Beat(), null, BeatInterval, BeatInterval))
        {
            results = await Task.WhenAll(_scorings.Select(scoring => scoring.AskAsync(units, statistics, ending.Token)));
        }

        // 3. The answers of all, completion by completion.
        cancellationToken.ThrowIfCancellationRequested();
        var scores = new Verdict[requests.Count];
        foreach ((IGrouping<int, int> group, int unit) in rows.Select((group, unit) => (group, unit)))
        {
            foreach ((int row, int place) in group.Select((row, place) => (row, place)))
            {
                scores[row] = Combine(units[unit].Completions[place], [.. results.Select(result => result[unit])], place);
            }
        }

        // 4. What is unscored, by the source's policy. Only a step that goes on keeps what it went on without.
        Decide(scores, pausing);
        for (int i = 0; i < _scorings.Length; i++)
        {
            _scorings[i].Conclude(results[i], requests[0].Moment);
        }

        _setup.Journal.Flush();
        string[] messages = _setup.Journal.TakeFault() is { } fault ? [$"scores could not be stored, and would be asked for again if this worker was lost: {fault}"] : [];
        return new([.. scores.Select(score => score.Score)], statistics.Report(), _setup.Time.GetElapsedTime(start), messages);
    }

    public void Dispose()
    {
        foreach (RemoteScoring scoring in _scorings)
        {
            scoring.Dispose();
        }

        _guard.Dispose();
    }

    /// <summary>One answer as it is; of several the median, if more than half of those asked gave a score.</summary>
    private Verdict Combine(ScorableCompletion completion, UnitResult[] results, int place)
    {
        RewardScore[] given = [.. results.Where(result => result.Answers is not null).Select(result => completion.ToScore(result.Answers![place]))];
        if (results.Length == 1)
        {
            return given is [var only] ? new(only, false) : new(RewardScore.None(Reason(results[0])), true);
        }

        double[] scored = [.. given.Select(score => score.Value).OfType<double>().Order()];
        if (scored.Length * 2 > results.Length)
        {
            return new(RewardScore.Of((scored[(scored.Length - 1) / 2] + scored[scored.Length / 2]) / 2), false);
        }

        string why = results.FirstOrDefault(result => result.Answers is null) is { } failed ? Reason(failed) : given.First(score => score.Value is null).Reason!; // one of the two, where scores are too few
        return new(RewardScore.None($"{scored.Length} of {results.Length} judges gave a score, which is not more than half: {why}"), given.Length * 2 <= results.Length);
    }

    private string Reason(UnitResult result) => result.Fault is { Length: > 0 } fault ? fault
        : $"there was no answer before the deadline of {CallConfig.Seconds(_config.Deadline)}{(_guard.LastFault is { } last ? $"; the last fault: {last}" : "")}";

    /// <exception cref="UnscoredException">The policy fails the job.</exception>
    /// <exception cref="ScoringPausedException">The policy, or a user, pauses the job.</exception>
    private void Decide(Verdict[] scores, CancellationToken pausing)
    {
        Verdict[] unanswered = [.. scores.Where(score => score.IsUnanswered)];
        if (unanswered.Length == 0)
        {
            return;
        }

        if (pausing.IsCancellationRequested)
        {
            throw new ScoringPausedException("paused on request", isRequested: true);
        }

        string text = $"reward {_name} did not answer for {unanswered.Length} of {scores.Length} completions: {unanswered.GroupBy(score => score.Score.Reason).MaxBy(group => group.Count())!.Key}";
        switch (_config.WhenUnscored)
        {
            case UnscoredPolicy.FailJob:
                throw new UnscoredException($"{text} (when_unscored is fail_job).");
            case UnscoredPolicy.PauseJob:
                throw new ScoringPausedException($"{text} (when_unscored is pause_job); resumed, the job asks for what is missing", isRequested: false);
        }
    }

    /// <param name="Score">What the completion gets.</param>
    /// <param name="IsUnanswered">There is no score because there was no valid answer.</param>
    private readonly record struct Verdict(RewardScore Score, bool IsUnanswered);
}

/// <summary>What rewards outside the worker need of their run.</summary>
public sealed record RemoteSetup
{
    /// <summary>What was answered before. Borrowed.</summary>
    public ScoreJournal Journal { get; init; } = ScoreJournal.InMemory();

    /// <summary>Which secrets the job may name.</summary>
    public SecretPolicy Secrets { get; init; } = SecretPolicy.Default;

    /// <summary>Where rewards may connect to.</summary>
    public NetworkPolicy Network { get; init; } = NetworkPolicy.Default;

    /// <summary>Cancelled while a user wants the job to pause.</summary>
    public Func<CancellationToken> Pausing { get; init; } = static () => CancellationToken.None;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Before the second attempt at a call; it doubles with each further one.</summary>
    internal TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(0.5);
}

/// <summary>What a source is asked about.</summary>
internal sealed record RemoteRewardOptions
{
    /// <summary>The completions of a prompt are asked about together.</summary>
    public bool WholeGroups { get; init; }

    /// <summary>Finds the segments to score; null where the whole is scored.</summary>
    public ISegmentFinder? Segments { get; init; }

    /// <summary>Null is no limit.</summary>
    public int? TokensPerMinute { get; init; }
}
