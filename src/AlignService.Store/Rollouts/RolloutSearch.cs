using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;

namespace AlignService.Store.Rollouts;

/// <summary>
/// Finds rollouts: by their numbers in the index, by texts in the files. One call looks at so many completions and opens so many files and no more, whatever is asked for: where that is not
/// enough, the page ends early, and the next one goes on from there.
/// </summary>
public sealed class RolloutSearch(IRolloutIndex index, IRolloutFiles files)
{
    /// <summary>Completions whose numbers one call looks at.</summary>
    private const int LargestScan = 2_000_000;

    /// <summary>Completions whose texts one call reads, apart from those of the step that it begins with.</summary>
    private const int LargestTextScan = 20_000;

    /// <summary>Files that one call opens.</summary>
    private const int MostFiles = 40;

    private const int EntriesAtOnce = 128;
    private const int MostTries = 3;

    /// <param name="query">What is asked for.</param>
    /// <param name="pageSize">At most this many.</param>
    /// <param name="pageToken">Of the page before; null for the first.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="PageTokenException">The token is of another list.</exception>
    /// <exception cref="RolloutFileException">A file is gone or damaged.</exception>
    public async Task<RolloutPage> ListAsync(RolloutQuery query, int pageSize, string? pageToken, CancellationToken cancellationToken)
    {
        RolloutPageToken after = pageToken is null ? new(query.Filter.FromStep, -1) : RolloutPageToken.Read(pageToken, query.Id, query.Filter);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ListOnceAsync(query, pageSize, after, cancellationToken);
            }
            catch (FileNotFoundException) when (attempt < MostTries)
            {
                // A worker has replaced or removed the file since the index was read: the index now says so.
            }
            catch (FileNotFoundException exception)
            {
                throw new RolloutFileException(query.Id, exception);
            }
        }
    }

    /// <summary>One rollout with everything; null where it is not kept.</summary>
    /// <exception cref="RolloutFileException">A file is gone or damaged.</exception>
    public async Task<FoundRollout?> FindAsync(JobId id, int step, int number, CancellationToken cancellationToken)
    {
        RolloutQuery query = new(id, new RolloutFilter { FromStep = step, ToStep = step }, WithTokens: true);
        RolloutPageToken before = new(step, number - 1);
        RolloutPage page = await ListAsync(query, pageSize: 1, before.Write(id, query.Filter), cancellationToken);
        return page.Rollouts.Count == 1 && page.Rollouts[0].Record.Number == number ? page.Rollouts[0] : null;
    }

    private async Task<RolloutPage> ListOnceAsync(RolloutQuery query, int pageSize, RolloutPageToken after, CancellationToken cancellationToken)
    {
        Scan scan = new(files, query, pageSize, after);
        while (!scan.IsOver)
        {
            IReadOnlyList<RolloutEntry> entries = await index.ReadAsync(query.Id, query.Filter with { FromStep = scan.NextStep }, EntriesAtOnce, cancellationToken);
            foreach (RolloutEntry entry in entries)
            {
                await scan.LookAsync(entry, cancellationToken);
                if (scan.IsOver)
                {
                    break;
                }
            }

            if (entries.Count < EntriesAtOnce)
            {
                break;
            }
        }

        return new RolloutPage(scan.Found, scan.IsOver ? scan.Position.Write(query.Id, query.Filter) : null);
    }

    /// <summary>One call's way through a job's steps.</summary>
    private sealed class Scan(IRolloutFiles files, RolloutQuery query, int pageSize, RolloutPageToken after)
    {
        private readonly List<FoundRollout> _found = [];
        private int _scanned;
        private int _read;
        private int _opened;

        public IReadOnlyList<FoundRollout> Found => _found;

        public RolloutPageToken Position { get; private set; } = after;

        /// <summary>The step that the way goes on with.</summary>
        public int NextStep { get; private set; } = after.Step;

        /// <summary>The page is full, or has cost as much as a page may; there may be more.</summary>
        public bool IsOver { get; private set; }

        public async Task LookAsync(RolloutEntry entry, CancellationToken cancellationToken)
        {
            int first = entry.Step == Position.Step ? FirstAfter(entry.Columns, Position.Number) : 0;
            List<int> places = query.Filter.Find(entry.Columns, first);
            _scanned += entry.Columns.Count;
            if (places.Count > 0)
            {
                if (_opened >= MostFiles || (query.Filter.NeedsText && _read > 0 && _read + entry.Columns.Count > LargestTextScan))
                {
                    IsOver = true;
                    return;
                }

                _opened++;
                if (query.Filter.NeedsText)
                {
                    _read += entry.Columns.Count;
                    IReadOnlyList<(string Prompt, string Completion)> texts = await files.ReadTextsAsync(query.Id, entry.File, cancellationToken);
                    places.RemoveAll(place => !query.Filter.Holds(texts[place].Prompt, texts[place].Completion));
                }

                await TakeAsync(entry, places, cancellationToken);
            }

            if (!IsOver)
            {
                (Position, NextStep) = (new RolloutPageToken(entry.Step, int.MaxValue), entry.Step + 1);
                IsOver = _scanned >= LargestScan;
            }
        }

        private async Task TakeAsync(RolloutEntry entry, List<int> places, CancellationToken cancellationToken)
        {
            int left = pageSize - _found.Count;
            if (places.Count >= left)
            {
                places.RemoveRange(left, places.Count - left);
                (Position, IsOver) = (new RolloutPageToken(entry.Step, entry.Columns.Numbers[places[^1]]), true);
            }

            if (places.Count > 0)
            {
                IReadOnlyList<RolloutRecord> records = await files.ReadAsync(query.Id, entry.File, places, query.WithTokens, cancellationToken);
                _found.AddRange(records.Select(record => new FoundRollout(record, entry.Columns.Sources)));
            }
        }

        private static int FirstAfter(RolloutColumns columns, int number)
        {
            int place = Array.BinarySearch(columns.Numbers, number);
            return place < 0 ? ~place : place + 1;
        }
    }
}

/// <summary>A search.</summary>
/// <param name="Id">The job.</param>
/// <param name="Filter">Which rollouts.</param>
/// <param name="WithTokens">Whether their token ids are read.</param>
public sealed record RolloutQuery(JobId Id, RolloutFilter Filter, bool WithTokens);

/// <summary>A rollout that was asked for.</summary>
/// <param name="Record">With its scores.</param>
/// <param name="Sources">Their names.</param>
public sealed record FoundRollout(RolloutRecord Record, IReadOnlyList<string> Sources);

/// <summary>Rollouts by step and number.</summary>
/// <param name="Rollouts">Perhaps fewer than were asked for, or none.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record RolloutPage(IReadOnlyList<FoundRollout> Rollouts, string? NextPageToken);

/// <summary>The store knows of rollouts whose file is not there, or cannot be read.</summary>
public sealed class RolloutFileException(JobId id, Exception inner) : AlignException(
    $"a file with rollouts of {id.ResourceName} is gone or damaged ({inner.Message}). The other steps can still be asked for by from_step and to_step.", inner);
