using AlignService.Specs.Rewards.Scoring;
using AlignService.Text;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>Asks one scorer about units: what the journal knows is not asked again, the rest is asked in batches at the same time. Every answer is kept when it arrives. Owns the scorer.</summary>
internal sealed class RemoteScoring(IScorer scorer, CallConfig config, CallGuard guard, ScoreJournal journal) : IDisposable
{
    private const int MaxBatchBytes = 1 << 20;

    /// <summary>The answers about each unit, in order; a fault where there is none in the time that the token gives.</summary>
    /// <param name="units">Equal ones are asked once.</param>
    /// <param name="statistics">Receives what it took.</param>
    /// <param name="ending">Cancelled at the deadline or before: what is still asked is left.</param>
    public async Task<IReadOnlyList<UnitResult>> AskAsync(IReadOnlyList<ScoringUnit> units, CallStatistics statistics, CancellationToken ending)
    {
        ScoringMoment moment = units[0].Completions[0].Request.Moment;
        IReadOnlyList<ScoreAnswer>?[] given = [.. units.Select(scorer.AnswerWithoutCall)];
        AskedUnit?[] asked = [.. units.Select((unit, i) => given[i] is null ? AskedUnit.Of(unit, scorer) : null)];
        Dictionary<UInt128, UnitResult> results = [];
        List<AskedUnit> open = [];
        foreach (AskedUnit unit in asked.OfType<AskedUnit>().DistinctBy(unit => unit.Key))
        {
            if (Known(unit, moment) is { } known)
            {
                results[unit.Key] = known;
                statistics.AddCacheHits(1);
            }
            else
            {
                open.Add(unit);
            }
        }

        foreach (UnitResult result in (await Task.WhenAll(Batches(open).Select(batch => AskBatchAsync(batch, moment, statistics, ending)))).SelectMany(batch => batch))
        {
            results[result.Key] = result;
        }

        return [.. asked.Select((unit, i) => unit is null ? new UnitResult(0, given[i], null, IsNew: false) : results[unit.Key])];
    }

    /// <summary>The step goes on with these results: done again, it has the same.</summary>
    public void Conclude(IEnumerable<UnitResult> results, ScoringMoment moment)
    {
        foreach (UnitResult result in results.Where(result => result is { Fault: not null, IsNew: true }).DistinctBy(result => result.Key))
        {
            journal.AddFault(result.Key, moment, result.Fault!); // looked for above
        }
    }

    public void Dispose() => scorer.Dispose();

    /// <summary>A step that went on without an answer does so again, even if the answer came later.</summary>
    private UnitResult? Known(AskedUnit unit, ScoringMoment moment) =>
        journal.FindFault(unit.Key, moment) is { } fault ? new UnitResult(unit.Key, null, fault, IsNew: false)
        : journal.Find(unit.Key, moment, config.Cache) is { } answers && Fits(answers, unit.Unit) ? new UnitResult(unit.Key, answers, null, IsNew: false)
        : null;

    private static bool Fits(IReadOnlyList<ScoreAnswer> answers, ScoringUnit unit) =>
        answers.Count == unit.Completions.Count && answers.Zip(unit.Completions).All(pair => pair.First.Segments is not { } segments || segments.Count == pair.Second.Segments?.Count);

    private async Task<IReadOnlyList<UnitResult>> AskBatchAsync(IReadOnlyList<AskedUnit> batch, ScoringMoment moment, CallStatistics statistics, CancellationToken ending)
    {
        // The caller's thread is not for what comes before the first wait.
        await Task.Yield();
        try
        {
            int expected = batch.Sum(scorer.ExpectedTokens);
            return await guard.RunAsync(
                async token =>
                {
                    ScorerReply reply = await scorer.AskAsync(batch, token);
                    statistics.AddTokens(reply.Tokens);
                    guard.ChargeTokens(reply.Tokens - expected);
                    return batch.Zip(reply.Units, (unit, answered) => Keep(unit, answered, moment)).ToArray();
                },
                statistics,
                expected,
                ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return Failed(batch, "");
        }
        catch (ScorerException fault)
        {
            return Failed(batch, fault.Message);
        }
        catch (Exception fault)
        {
            return Failed(batch, $"the call failed with {fault.GetType().Name}: {fault.Message}");
        }
    }

    private UnitResult Keep(AskedUnit unit, UnitReply reply, ScoringMoment moment)
    {
        if (reply.Answers is { } answers && Fits(answers, unit.Unit))
        {
            // Of an attempt that was given up and the next one, the answer that is kept counts.
            return new(unit.Key, journal.Add(unit.Key, moment, answers), null, IsNew: true);
        }

        return new(unit.Key, null, ShortText.Cut(reply.Fault ?? "the scorer's answer does not fit the question"), IsNew: true);
    }

    private static UnitResult[] Failed(IReadOnlyList<AskedUnit> batch, string fault) => [.. batch.Select(unit => new UnitResult(unit.Key, null, ShortText.Cut(fault), IsNew: true))];

    /// <summary>As many as fit a call; a unit that is larger is alone.</summary>
    private IEnumerable<IReadOnlyList<AskedUnit>> Batches(IEnumerable<AskedUnit> units)
    {
        List<AskedUnit> batch = [];
        int count = 0, bytes = 0;
        foreach (AskedUnit unit in units)
        {
            if (batch.Count > 0 && (count + unit.Unit.Completions.Count > scorer.BatchSize || bytes + unit.Content.Length > MaxBatchBytes))
            {
                yield return batch;
                (batch, count, bytes) = ([], 0, 0);
            }

            batch.Add(unit);
            count += unit.Unit.Completions.Count;
            bytes += unit.Content.Length;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}

/// <summary>What became of a unit.</summary>
/// <param name="Key">Of its content.</param>
/// <param name="Answers">One per completion; null with a fault.</param>
/// <param name="Fault">Why there is no answer; "" where the time was over.</param>
/// <param name="IsNew">Not from the journal.</param>
internal sealed record UnitResult(UInt128 Key, IReadOnlyList<ScoreAnswer>? Answers, string? Fault, bool IsNew);
