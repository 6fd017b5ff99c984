using System.Globalization;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>
/// What sources outside the worker have answered in a job, written when it arrives and read again when the job goes on: nothing is asked twice, and a step that is done again
/// has the same scores. Each worker writes a file of its own, named after the token of its lease, so that one that lost its job disturbs nobody; where two files
/// disagree, the later worker is right. Equal steps of a job that rolled back differ by their generation.
/// </summary>
public sealed class ScoreJournal : IDisposable
{
    private const string Extension = ".scores";

    /// <summary>About 100 MB; beyond it the oldest are forgotten, and asked for again.</summary>
    internal const int MaxWeight = 1 << 18;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, List<Entry>> _entries = [];
    private readonly Dictionary<(UInt128 Key, int Moment), string> _faults = [];
    private readonly Queue<(UInt128 Key, long Weight)> _order = new();
    private readonly ScoreJournalFile? _file;
    private readonly long _token;
    private readonly int _generation;
    private long _weight;

    private ScoreJournal(ScoreJournalFile? file, long token, int generation) => (_file, _token, _generation) = (file, token, generation);

    /// <summary>One that is forgotten with the process.</summary>
    public static ScoreJournal InMemory() => new(null, 0, 0);

    /// <param name="folder">Of the job; created with the first score.</param>
    /// <param name="token">Of the worker's lease; earlier workers had smaller ones.</param>
    /// <param name="generation">How often the job rolled back: what a source failed to answer before is asked for again.</param>
    /// <exception cref="IOException">What is there cannot be read.</exception>
    public static ScoreJournal Open(string folder, long token, int generation)
    {
        ScoreJournal journal = new(new ScoreJournalFile(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{token:D12}{Extension}"))), token, generation);
        if (Directory.Exists(folder))
        {
            foreach (string file in Directory.GetFiles(folder, $"*{Extension}").Order(StringComparer.Ordinal))
            {
                long writer = long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;
                foreach (ScoreLine line in ScoreJournalFile.Read(file))
                {
                    journal.Remember(line, writer);
                }
            }
        }

        return journal;
    }

    /// <summary>Why scores could not be written since the last look, as a clause; null where they could.</summary>
    internal string? TakeFault() => _file?.TakeFault();

    /// <summary>The answer that a step done now had, or would have, at its first time; null where there is none.</summary>
    /// <param name="key">Of what is asked.</param>
    /// <param name="moment">When.</param>
    /// <param name="cached">Whether the answer of an earlier moment counts.</param>
    internal IReadOnlyList<ScoreAnswer>? Find(UInt128 key, ScoringMoment moment, bool cached)
    {
        lock (_lock)
        {
            // The last one that was there then: the first time had no later ones either.
            return _entries.GetValueOrDefault(key)?.Where(entry => cached ? entry.Moment <= moment.Order : entry.Moment == moment.Order).MaxBy(entry => entry.Moment)?.Answers;
        }
    }

    /// <summary>Why the same moment had no answer and went on without; null where that did not happen.</summary>
    internal string? FindFault(UInt128 key, ScoringMoment moment)
    {
        lock (_lock)
        {
            return _faults.GetValueOrDefault((key, moment.Order));
        }
    }

    /// <summary>Keeps an answer. It is in the file, if not on the disk, when this returns.</summary>
    /// <returns>The answer of that moment: the first, where this worker has had one already.</returns>
    internal IReadOnlyList<ScoreAnswer> Add(UInt128 key, ScoringMoment moment, IReadOnlyList<ScoreAnswer> answers)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(key)?.Find(entry => entry.Moment == moment.Order && entry.Token == _token) is { } before)
            {
                return before.Answers;
            }

            ScoreLine line = new(key, moment.Order, _generation, answers, null);
            _file?.Append(line);
            Remember(line, _token);
            return answers;
        }
    }

    /// <summary>Keeps that a step went on without an answer.</summary>
    internal void AddFault(UInt128 key, ScoringMoment moment, string fault)
    {
        lock (_lock)
        {
            ScoreLine line = new(key, moment.Order, _generation, [], fault);
            _file?.Append(line);
            Remember(line, _token);
        }
    }

    /// <summary>Everything is on the disk when this returns, before a step uses it.</summary>
    internal void Flush() => _file?.Flush();

    public void Dispose() => _file?.Dispose();

    private void Remember(ScoreLine line, long token)
    {
        if (line.Fault is { } fault)
        {
            if (line.Generation == _generation)
            {
                _faults[(line.Key, line.Moment)] = fault;
            }

            return;
        }

        if (!_entries.TryGetValue(line.Key, out List<Entry>? entries))
        {
            _entries[line.Key] = entries = [];
        }

        if (entries.Find(entry => entry.Moment == line.Moment) is { } before)
        {
            if (before.Token < token)
            {
                entries[entries.IndexOf(before)] = new Entry(line.Moment, token, line.Answers);
            }

            return;
        }

        entries.Add(new Entry(line.Moment, token, line.Answers));
        long weight = line.Answers.Sum(answer => 1L + (answer.Segments?.Count ?? 0) / 8);
        _order.Enqueue((line.Key, weight));
        for (_weight += weight; _weight > MaxWeight && _order.TryDequeue(out (UInt128 Key, long Weight) oldest); _weight -= oldest.Weight)
        {
            Forget(oldest.Key);
        }
    }

    /// <summary>The oldest entry of a key.</summary>
    private void Forget(UInt128 key)
    {
        if (_entries.TryGetValue(key, out List<Entry>? entries))
        {
            entries.RemoveAt(0);
            if (entries.Count == 0)
            {
                _entries.Remove(key);
            }
        }
    }

    private sealed record Entry(int Moment, long Token, IReadOnlyList<ScoreAnswer> Answers);
}

/// <summary>What a source answered for one completion: a score, scores of segments, or why there is none.</summary>
/// <param name="Score">Null where there is none, or where segments have theirs.</param>
/// <param name="NoScore">The reason.</param>
/// <param name="Segments">One per segment; null is no score.</param>
internal readonly record struct ScoreAnswer(double? Score, string? NoScore, IReadOnlyList<double?>? Segments)
{
    public static ScoreAnswer Of(double score) => new(score, null, null);

    public static ScoreAnswer None(string reason) => new(null, reason, null);
}

/// <summary>One line of a journal.</summary>
/// <param name="Key">Of what was asked.</param>
/// <param name="Moment">The order of the moment.</param>
/// <param name="Generation">How often the job had rolled back.</param>
/// <param name="Answers">One per completion; empty with a fault.</param>
/// <param name="Fault">Why the moment went on without an answer.</param>
internal sealed record ScoreLine(UInt128 Key, int Moment, int Generation, IReadOnlyList<ScoreAnswer> Answers, string? Fault);
