using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data;
using AlignService.Store.Columns;
using Parquet;
using Parquet.Schema;

namespace AlignService.Store.Rollouts;

/// <summary>Rollouts as a Parquet table, which any reader of the format understands: one row per completion, with one column score_{source} per source.</summary>
public static class RolloutTable
{
    /// <summary>Rows that a reader unpacks to find one of them.</summary>
    public const int GroupSize = 512;

    private const string Prompt = "prompt", Completion = "completion", ScorePrefix = "score_", PromptTokenIds = "prompt_token_ids", CompletionTokenIds = "completion_token_ids";

    /// <param name="file">Receives the table.</param>
    /// <param name="sources">[K] names of the reward sources.</param>
    /// <param name="rows">Of one step or of several.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static Task WriteAsync(Stream file, IReadOnlyList<string> sources, IReadOnlyList<RolloutRecord> rows, CancellationToken cancellationToken) =>
        ColumnFile.WriteAsync(file, [.. Columns(sources, rows)], rows.Count, GroupSize, cancellationToken);

    /// <summary>Prompt and completion of every row.</summary>
    public static async Task<IReadOnlyList<(string Prompt, string Completion)>> ReadTextsAsync(Stream file, CancellationToken cancellationToken)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellationToken);
        List<(string, string)> texts = [];
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using RowGroup rows = new(reader, group);
            texts.AddRange((await rows.TextsAsync(Prompt)).Zip(await rows.TextsAsync(Completion)));
        }

        return texts;
    }

    /// <param name="file">A table.</param>
    /// <param name="places">Rising.</param>
    /// <param name="withTokens">Whether token ids are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<IReadOnlyList<RolloutRecord>> ReadAsync(Stream file, IReadOnlyList<int> places, bool withTokens, CancellationToken cancellationToken)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellationToken);
        List<RolloutRecord> records = [];
        int first = 0;
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using RowGroup rows = new(reader, group);
            int[] wanted = [.. places.Select(place => place - first).Where(place => place >= 0 && place < rows.Count)];
            if (wanted.Length > 0)
            {
                records.AddRange(await ReadAsync(rows, wanted, withTokens));
            }

            first += rows.Count;
        }

        return records;
    }

    private static IEnumerable<TableColumn> Columns(IReadOnlyList<string> sources, IReadOnlyList<RolloutRecord> rows)
    {
        yield return TableColumn.Numbers("step", (int[])[.. rows.Select(row => row.Step)]);
        yield return TableColumn.Numbers("number", (int[])[.. rows.Select(row => row.Number)]);
        yield return TableColumn.Numbers("group", (int[])[.. rows.Select(row => row.Group)]);
        yield return TableColumn.Numbers("prompt_index", (int[])[.. rows.Select(row => row.Prompt.Index)]);
        yield return TableColumn.Texts(Prompt, [.. rows.Select(row => row.PromptText)]);
        yield return TableColumn.Texts("answer", [.. rows.Select(row => row.Prompt.Answer)]);
        yield return TableColumn.Texts("prompt_json", [.. rows.Select(row => StoredPrompt.ToJson(row.Prompt))]);
        yield return TableColumn.Texts(Completion, [.. rows.Select(row => row.Completion)]);
        for (int source = 0; source < sources.Count; source++)
        {
            int index = source;
            yield return TableColumn.Scores(ScorePrefix + sources[source], rows.Select(row => row.Scores[index]));
        }

        yield return TableColumn.Scores("reward", rows.Select(row => row.Reward));
        yield return TableColumn.Scores("advantage", rows.Select(row => row.Advantage));
        yield return TableColumn.Numbers("token_count", (int[])[.. rows.Select(row => row.TokenCount)]);
        yield return TableColumn.Texts("finish_reason", [.. rows.Select(row => row.FinishReason)]);
        yield return TableColumn.Numbers("log_prob_mean", (double[])[.. rows.Select(row => row.LogProbs.Mean)]);
        yield return TableColumn.Numbers("log_prob_min", (double[])[.. rows.Select(row => row.LogProbs.Min)]);
        yield return TableColumn.Optional("log_prob_above_reference", (double?[])[.. rows.Select(row => row.LogProbs.AboveReference)]);
        yield return TableColumn.Numbers("policy_step", (int[])[.. rows.Select(row => row.PolicyStep)]);
        yield return TableColumn.Lists(PromptTokenIds, [.. rows.Select(row => row.PromptTokenIds)]);
        yield return TableColumn.Lists(CompletionTokenIds, [.. rows.Select(row => row.CompletionTokenIds)]);
    }

    private static async Task<IEnumerable<RolloutRecord>> ReadAsync(RowGroup rows, int[] places, bool withTokens)
    {
        int[] steps = await rows.NumbersAsync<int>("step"), numbers = await rows.NumbersAsync<int>("number"), groups = await rows.NumbersAsync<int>("group");
        int[] indices = await rows.NumbersAsync<int>("prompt_index"), tokenCounts = await rows.NumbersAsync<int>("token_count"), policySteps = await rows.NumbersAsync<int>("policy_step");
        string[] prompts = await rows.TextsAsync(Prompt), sources = await rows.TextsAsync("prompt_json"), completions = await rows.TextsAsync(Completion), reasons = await rows.TextsAsync("finish_reason");
        double?[] rewards = await rows.OptionalAsync("reward"), advantages = await rows.OptionalAsync("advantage"), above = await rows.OptionalAsync("log_prob_above_reference");
        double[] means = await rows.NumbersAsync<double>("log_prob_mean"), minima = await rows.NumbersAsync<double>("log_prob_min");
        List<double?[]> scores = [];
        foreach (string column in rows.Names.Where(name => name.StartsWith(ScorePrefix, StringComparison.Ordinal)))
        {
            scores.Add(await rows.OptionalAsync(column));
        }

        int[][] promptIds = withTokens ? await rows.ListsAsync(PromptTokenIds) : [], completionIds = withTokens ? await rows.ListsAsync(CompletionTokenIds) : [];
        return places.Select(row => new RolloutRecord
        {
            Step = steps[row],
            Number = numbers[row],
            Group = groups[row],
            Prompt = StoredPrompt.FromJson(sources[row], indices[row]),
            PromptText = prompts[row],
            PromptTokenIds = withTokens ? promptIds[row] : [],
            Completion = completions[row],
            CompletionTokenIds = withTokens ? completionIds[row] : [],
            TokenCount = tokenCounts[row],
            Scores = [.. scores.Select(source => source[row] ?? double.NaN)],
            Reward = rewards[row] ?? double.NaN,
            Advantage = advantages[row] ?? double.NaN,
            FinishReason = reasons[row],
            LogProbs = new RolloutLogProbs(means[row], minima[row], above[row]),
            PolicyStep = policySteps[row],
        });
    }

    /// <summary>The columns of one row group, by name.</summary>
    private sealed class RowGroup(ParquetReader reader, int index) : IDisposable
    {
        private readonly ParquetRowGroupReader _rows = reader.OpenRowGroupReader(index);
        private readonly DataField[] _fields = reader.Schema.GetDataFields();

        public int Count => (int)_rows.RowCount;

        /// <summary>In the order of the file; of lists, that of the list.</summary>
        public IEnumerable<string> Names => _fields.Select(NameOf);

        public async Task<string[]> TextsAsync(string name)
        {
            string?[] values = new string?[Count];
            await _rows.ReadAsync(Field(name), values.AsMemory());
            return [.. values.Select(value => value ?? "")];
        }

        public async Task<T[]> NumbersAsync<T>(string name)
            where T : struct
        {
            T[] values = new T[Count];
            await _rows.ReadAsync(Field(name), values.AsMemory());
            return values;
        }

        public async Task<double?[]> OptionalAsync(string name)
        {
            double?[] values = new double?[Count];
            await _rows.ReadAsync<double>(Field(name), values.AsMemory());
            return values;
        }

        public async Task<int[][]> ListsAsync(string name)
        {
            DataField field = Field(name);
            int count = checked((int)(_rows.GetMetadata(field)?.MetaData?.NumValues ?? 0));
            int[] values = new int[count], definitions = new int[count], repetitions = new int[count];
            await _rows.ReadRawAsync<int>(field, values.AsMemory(), definitions.AsMemory(), repetitions.AsMemory());
            List<List<int>> lists = [];
            int next = 0;
            for (int place = 0; place < count; place++)
            {
                if (repetitions[place] == 0)
                {
                    lists.Add([]);
                }

                if (definitions[place] == field.MaxDefinitionLevel)
                {
                    lists[^1].Add(values[next++]);
                }
            }

            return [.. lists.Select(list => list.ToArray())];
        }

        public void Dispose() => _rows.Dispose();

        private DataField Field(string name) => Array.Find(_fields, field => NameOf(field) == name) ?? throw new InvalidDataException($"the file has no column {name}");

        private static string NameOf(DataField field) => field.Path.FirstPart ?? field.Name;
    }
}
