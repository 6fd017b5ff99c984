using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AlignService.Specs.Data;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Datasets;

/// <summary>Counts what one wants to know of data before it is trained on.</summary>
internal static class DatasetStatistics
{
    private const int MostNamedRows = 20;

    /// <param name="training">What is trained on.</param>
    /// <param name="heldOut">What is held out; empty where nothing is.</param>
    /// <param name="encoder">Counts tokens; null where none are counted.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <exception cref="AlignException">A row cannot be encoded.</exception>
    public static Wire.GetDatasetStatisticsResponse Of(IReadOnlyList<DatasetRow> training, IReadOnlyList<DatasetRow> heldOut, RowEncoder? encoder, CancellationToken cancellationToken)
    {
        DatasetRow[] all = [.. training, .. heldOut];
        (RowKey Row, RowKey Prompt)[] keys = new (RowKey, RowKey)[all.Length];
        long[] prompts = new long[all.Length], answers = new long[all.Length], tokens = new long[encoder is null ? 0 : all.Length], learned = new long[tokens.Length];
        for (int i = 0; i < all.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DatasetRow row = all[i];
            keys[i] = (RowKey.OfRow(row), RowKey.OfPrompt(row.Prompt));
            prompts[i] = TextsOf(row.Prompt).Sum(text => (long)text.Length);
            answers[i] = row.Answers.Sum(answer => (long)answer.Length);
            if (encoder is not null)
            {
                IReadOnlyList<EncodedText> encoded = row.Encode(encoder);
                tokens[i] = encoded.Max(text => text.Tokens.Length);
                learned[i] = encoded.Sum(text => text.Tokens.TrainedCount);
            }
        }

        HashSet<RowKey> trainingRows = [.. keys.Take(training.Count).Select(key => key.Row)], trainingPrompts = [.. keys.Take(training.Count).Select(key => key.Prompt)];
        int[] overlapping = [.. Enumerable.Range(training.Count, heldOut.Count).Where(i => trainingPrompts.Contains(keys[i].Prompt))];
        return new Wire.GetDatasetStatisticsResponse
        {
            RowCount = all.Length,
            PromptCharacters = Lengths(prompts),
            AnswerCharacters = Lengths(answers),
            Tokens = Lengths(tokens),
            LearnedTokens = Lengths(learned),
            DuplicateRows = all.Length - keys.Select(key => key.Row).Distinct().Count(),
            RepeatedPrompts = all.Length - keys.Select(key => key.Prompt).Distinct().Count(),
            TrainingRows = training.Count,
            HeldOutRows = heldOut.Count,
            HeldOutDuplicates = Enumerable.Range(training.Count, heldOut.Count).Count(i => trainingRows.Contains(keys[i].Row)),
            HeldOutPromptsInTraining = overlapping.Length,
            OverlappingRows = { overlapping.Take(MostNamedRows).Select(i => (long)all[i].Prompt.Index) },
        };
    }

    internal static IEnumerable<string> TextsOf(Prompt prompt) => prompt.Messages is null ? [prompt.Text ?? ""] : prompt.Messages.Select(message => message.Content ?? "");

    private static Wire.LengthStatistics? Lengths(long[] lengths)
    {
        if (lengths.Length == 0)
        {
            return null;
        }

        Array.Sort(lengths);
        long total = lengths.Sum();
        return new Wire.LengthStatistics
        {
            Minimum = lengths[0],
            Mean = (double)total / lengths.Length,
            Median = At(0.5),
            Percentile90 = At(0.9),
            Percentile99 = At(0.99),
            Maximum = lengths[^1],
            Total = total,
        };

        // The nearest rank: a length that a row has.
        long At(double share) => lengths[Math.Max(0, (int)Math.Ceiling(share * lengths.Length) - 1)];
    }
}

/// <summary>What makes rows, or prompts, the same: 128 bits of a SHA-256.</summary>
internal readonly record struct RowKey(ulong High, ulong Low)
{
    public static RowKey OfRow(DatasetRow row)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, row.Prompt.Text);
        foreach (PromptMessage message in row.Prompt.Messages ?? [])
        {
            Append(hash, message.Role);
            Append(hash, message.Content);
            Append(hash, message.FieldsJson);
        }

        Append(hash, row.Prompt.Answer);
        Append(hash, row.Prompt.ToolsJson);
        foreach (string answer in row.Answers)
        {
            Append(hash, answer);
        }

        return Of(hash);
    }

    /// <summary>White space and case do not make a prompt another one.</summary>
    public static RowKey OfPrompt(Prompt prompt)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in DatasetStatistics.TextsOf(prompt))
        {
            Append(hash, string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant());
        }

        return Of(hash);
    }

    private static RowKey Of(IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[32];
        hash.GetHashAndReset(bytes);
        return new RowKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
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
