using System.Collections.Concurrent;

namespace AlignService.Server.Validation;

/// <summary>
/// What was read from a model's folder, for as long as its files are as they were: a tokenizer takes a tenth of a second and more to load, and pipelines submit many
/// jobs on one model.
/// </summary>
/// <param name="read">Reads a folder; what it throws is not remembered.</param>
internal sealed class FolderCache<T>(Func<string, T> read)
    where T : class
{
    private const int MostFolders = 16;

    private readonly ConcurrentDictionary<string, (string Stamp, T Value, long Used)> _known = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>Folders whose files decide what is read: the named one, where nothing else is said.</summary>
    public Func<string, IEnumerable<string>> PartsOf { get; init; } = folder => [folder];

    /// <exception cref="CheckpointException">The folder cannot be used as a model, or it is being written or removed meanwhile.</exception>
    public T Get(string folder)
    {
        try
        {
            string stamp = string.Join('\n', PartsOf(folder).Select(FolderStamp.Of));
            if (_known.TryGetValue(folder, out (string Stamp, T Value, long Used) known) && known.Stamp == stamp)
            {
                _known[folder] = known with { Used = Interlocked.Increment(ref _uses) };
                return known.Value;
            }

            T value = read(folder);
            _known[folder] = (stamp, value, Interlocked.Increment(ref _uses));
            foreach (string oldest in Surplus())
            {
                _known.TryRemove(oldest, out _);
            }

            return value;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{folder} cannot be read: {exception.Message} Submit again when its files are complete and the server may read them.", exception);
        }
    }

    private IEnumerable<string> Surplus()
    {
        // A copy of one moment: sorting a dictionary that grows meanwhile throws.
        KeyValuePair<string, (string Stamp, T Value, long Used)>[] all = _known.ToArray();
        return all.OrderBy(entry => entry.Value.Used).Take(all.Length - MostFolders).Select(entry => entry.Key);
    }
}

/// <summary>What tells a folder's files from those that were there before.</summary>
internal static class FolderStamp
{
    /// <summary>Names, sizes and times of the folder's files; weights are among them, although only their presence counts.</summary>
    public static string Of(string folder) => Directory.Exists(folder)
        ? string.Join('|', new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Name}:{file.Length}:{file.LastWriteTimeUtc.Ticks}"))
        : "";
}
