using System.Runtime.InteropServices;

namespace AlignService.Jobs.Rollouts;

/// <summary>
/// The numbers of a step's rollouts, column by column, as the store keeps them beside the name of the file: what lists are filtered by is read without opening a file.
/// </summary>
public sealed class RolloutColumns
{
    /// <summary>Names in the order of their codes, which are durable.</summary>
    public static IReadOnlyList<string> FinishReasons { get; } = ["stop", "stop_string", "length"];

    private const int Version = 1;

    private RolloutColumns(IReadOnlyList<string> sources, int count)
    {
        Sources = sources;
        Numbers = new int[count];
        Rewards = new double[count];
        Advantages = new double[count];
        TokenCounts = new int[count];
        Reasons = new byte[count];
        Scores = [.. sources.Select(_ => new double[count])];
    }

    /// <summary>[K] names of the reward sources.</summary>
    public IReadOnlyList<string> Sources { get; }

    public int Count => Numbers.Length;

    /// <summary>[B] rising.</summary>
    public int[] Numbers { get; }

    /// <summary>[B]; NaN is unscored.</summary>
    public double[] Rewards { get; }

    /// <summary>[B]; NaN where nothing was learned.</summary>
    public double[] Advantages { get; }

    /// <summary>[B]</summary>
    public int[] TokenCounts { get; }

    /// <summary>[B] places in <see cref="FinishReasons"/>.</summary>
    public byte[] Reasons { get; }

    /// <summary>[K][B]; NaN is "no score".</summary>
    public double[][] Scores { get; }

    /// <summary>[B] scores of a source; null where there is no such source.</summary>
    public double[]? ScoresOf(string source)
    {
        for (int place = 0; place < Sources.Count; place++)
        {
            if (Sources[place] == source)
            {
                return Scores[place];
            }
        }

        return null;
    }

    /// <summary>The code of a finish reason.</summary>
    /// <exception cref="ArgumentException">It is none of <see cref="FinishReasons"/>.</exception>
    public static byte CodeOf(string finishReason)
    {
        for (byte code = 0; code < FinishReasons.Count; code++)
        {
            if (FinishReasons[code] == finishReason)
            {
                return code;
            }
        }

        throw new ArgumentException($"{finishReason} is not a finish reason.", nameof(finishReason));
    }

    public static RolloutColumns Of(StepRollouts rollouts)
    {
        RolloutColumns columns = new(rollouts.Sources, rollouts.Rows.Count);
        for (int row = 0; row < rollouts.Rows.Count; row++)
        {
            RolloutRecord record = rollouts.Rows[row];
            columns.Numbers[row] = record.Number;
            columns.Rewards[row] = record.Reward;
            columns.Advantages[row] = record.Advantage;
            columns.TokenCounts[row] = record.TokenCount;
            columns.Reasons[row] = CodeOf(record.FinishReason);
            for (int source = 0; source < rollouts.Sources.Count; source++)
            {
                columns.Scores[source][row] = record.Scores[source];
            }
        }

        return columns;
    }

    /// <summary>The columns one after the other; this program runs on little-endian machines only.</summary>
    public byte[] ToBytes()
    {
        using MemoryStream bytes = new();
        Add(bytes, [Version, Count, Sources.Count]);
        Add(bytes, Numbers);
        Add(bytes, Rewards);
        Add(bytes, Advantages);
        Add(bytes, TokenCounts);
        Add(bytes, Reasons);
        Array.ForEach(Scores, scores => Add(bytes, scores));
        return bytes.ToArray();
    }

    /// <param name="bytes">Of <see cref="ToBytes"/>.</param>
    /// <param name="sources">Names of its sources.</param>
    /// <exception cref="InvalidDataException">They are something else.</exception>
    public static RolloutColumns FromBytes(ReadOnlySpan<byte> bytes, IReadOnlyList<string> sources)
    {
        int[] header = new int[3];
        ReadOnlySpan<byte> left = Take(bytes, header);
        if (header[0] != Version || header[1] < 0 || header[2] != sources.Count)
        {
            throw new InvalidDataException("the columns of a step's rollouts are of another version, or damaged");
        }

        RolloutColumns columns = new(sources, header[1]);
        left = Take(left, columns.Numbers);
        left = Take(left, columns.Rewards);
        left = Take(left, columns.Advantages);
        left = Take(left, columns.TokenCounts);
        left = Take(left, columns.Reasons);
        foreach (double[] scores in columns.Scores)
        {
            left = Take(left, scores);
        }

        return columns;
    }

    private static void Add<T>(MemoryStream bytes, T[] column)
        where T : unmanaged => bytes.Write(MemoryMarshal.AsBytes(column.AsSpan()));

    /// <summary>Fills a column from the first bytes, and returns the others.</summary>
    private static ReadOnlySpan<byte> Take<T>(ReadOnlySpan<byte> bytes, T[] column)
        where T : unmanaged
    {
        Span<byte> target = MemoryMarshal.AsBytes(column.AsSpan());
        if (bytes.Length < target.Length)
        {
            throw new InvalidDataException("the columns of a step's rollouts are cut off");
        }

        bytes[..target.Length].CopyTo(target);
        return bytes[target.Length..];
    }
}
