using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AlignService.Specs.Data;

/// <summary>
/// Which rows of a source are held out: decided by a hash of the row's prompt and a seed, so that rows with the same prompt are on the same side, and that neither the order of the rows nor
/// further rows change the side of one. The share is therefore met on average, not exactly.
/// </summary>
internal static class HeldOutSplit
{
    private const string Version = "align held-out split 1";
    private const double UnitPerStep = 1.0 / (1UL << 53);

    /// <param name="rows">Of one source.</param>
    /// <param name="setting">Share and seed.</param>
    /// <param name="promptOf">What is hashed.</param>
    /// <exception cref="DataException">One of the sides is empty.</exception>
    public static (IReadOnlyList<T> Training, IReadOnlyList<T> HeldOut) Of<T>(IReadOnlyList<T> rows, IHeldOutShare setting, Func<T, Prompt> promptOf)
    {
        if (setting.HeldOutFraction == 0)
        {
            return (rows, []);
        }

        ILookup<bool, T> sides = rows.ToLookup(row => Position(promptOf(row), setting.HeldOutSeed) < setting.HeldOutFraction);
        (T[] training, T[] heldOut) = ([.. sides[false]], [.. sides[true]]);
        return training.Length > 0 && heldOut.Length > 0
            ? (training, heldOut)
            : throw new DataException(
                $"held_out_fraction {setting.HeldOutFraction} of {rows.Count} rows leaves {training.Length} for training and holds {heldOut.Length} out, because rows are drawn one by one and those with the same prompt together; give more rows, another fraction or held_out_seed, or a file of held-out data.");
    }

    /// <summary>What is said of it in the job's log; null where nothing is held out.</summary>
    public static string? Describe(int trainingCount, int heldOutCount, IHeldOutShare setting) => setting.HeldOutFraction == 0
        ? null
        : $"{heldOutCount} of {trainingCount + heldOutCount} rows are held out and {trainingCount} are trained on (held_out_fraction {setting.HeldOutFraction}, held_out_seed {setting.HeldOutSeed})";

    /// <summary>In [0, 1), uniform over prompts.</summary>
    internal static double Position(Prompt prompt, int seed)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Version);
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(number, seed);
        hash.AppendData(number);
        Append(hash, prompt.Text);
        foreach (PromptMessage message in prompt.Messages ?? [])
        {
            Append(hash, message.Role);
            Append(hash, message.Content);
            Append(hash, message.FieldsJson);
        }

        return (BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset()) >> 11) * UnitPerStep;
    }

    /// <summary>With its length in front, so that no two lists of texts are the same bytes.</summary>
    private static void Append(IncrementalHash hash, string? text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text ?? "");
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}

/// <summary>How much of a source is held out for evaluation.</summary>
public interface IHeldOutShare
{
    /// <summary>Of its rows, in [0, 1); 0 is none.</summary>
    double HeldOutFraction { get; }

    /// <summary>Key of the draw; apart from the job's seed, so that jobs with other seeds compare on the same rows.</summary>
    int HeldOutSeed { get; }
}
