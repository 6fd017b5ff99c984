using System.Globalization;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Inspection;
using AlignService.Specs.Sizing;
using Spectre.Console;

namespace AlignService.Cli.Inspection;

/// <summary>A model report as text.</summary>
internal static class ModelReportText
{
    public static void Write(ModelReport report, MemoryEstimate? memory, MemoryAssumptions assumptions, IAnsiConsole console)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (label, value) in Facts(report).Where(fact => fact.Value.Length > 0))
        {
            grid.AddRow(new SpectreText(label, new Style(Color.Grey)), new SpectreText(value));
        }

        console.Write(grid);
        if (memory is not null)
        {
            console.Write(MemoryTable(memory, assumptions));
        }

        foreach (var finding in report.Findings)
        {
            var style = new Style(finding.IsFault ? Color.Red : Color.Yellow);
            console.Write(new SpectreText($"{(finding.IsFault ? "fault" : "warning")} ", style));
            console.WriteLine($"{finding.Code}: {finding.Message}");
        }
    }

    private static IEnumerable<(string Label, string Value)> Facts(ModelReport report)
    {
        var config = report.Config;
        yield return ("directory", report.Directory);
        yield return ("kind", report.Kind switch { ModelKind.LanguageModel => "language model", ModelKind.RewardModel => "reward model", _ => "low-rank adapter (PEFT)" });
        yield return ("family", config is null ? "" : $"{config.ModelType}, {config.Layers.Count} blocks of width {config.HiddenSize}, {Heads(config)}, {Head(report.Kind, config)}");
        yield return ("parameters", report.ParameterCount.ToString("N0", CultureInfo.InvariantCulture));
        yield return ("dtype", $"{(report.StoredDtypes.Count == 0 ? "unknown" : string.Join(", ", report.StoredDtypes))} in the file, float32 in computation");
        yield return ("context", config is null ? "" : $"{config.MaxPositions} tokens{(config.LengthBoundary is { } boundary ? $", different positions beyond {boundary}" : "")}{Windows(config)}");
        yield return ("end tokens", string.Join(", ", report.EndTokens.Select(token => token.Text is null ? $"{token.Id}" : $"{token.Id} {token.Text}")));
        yield return ("tokenizer", report.Tokenizer is { } tokenizer ? $"{tokenizer.Kind}, {tokenizer.VocabularySize} ids for {config?.VocabSize} rows of the embedding" : config is null ? "" : "none");
        yield return ("chat template", Template(report.Tokenizer?.ChatTemplate));
        yield return ("sampler", report.Kind != ModelKind.LanguageModel ? "" : report.HasVectorizedDecoder ? "vectorized decoder" : "libtorch's operators");
        yield return ("base model", report.Adapter?.BaseModel ?? "");
        yield return ("adapter", Adapter(report.Adapter?.Adapter));
        yield return ("files", Files(report.Files));
    }

    private static string Heads(TransformerConfig config) =>
        config.KeyValueHeadCount == config.HeadCount ? $"{config.HeadCount} heads of {config.HeadDim}" : $"{config.HeadCount} heads of {config.HeadDim}, {config.KeyValueHeadCount} key-value heads";

    private static string Head(ModelKind kind, TransformerConfig config) => kind == ModelKind.RewardModel ? "a score head" : config.Head == HeadKind.Tied ? "tied head" : "own head";

    private static string Windows(TransformerConfig config)
    {
        int count = config.Layers.Count(layer => layer.SlidingWindow is not null);
        return count == 0 ? "" : $", a window of {config.Layers.Max(layer => layer.SlidingWindow)} on {count} of {config.Layers.Count} blocks";
    }

    private static string Template(ChatTemplateReport? template) => template is null ? "" : string.Join(", ",
        template.Renders ? "renders" : "does not render",
        template.HasGenerationPrompt ? "opens the assistant's turn" : "no generation prompt",
        template.HasGenerationBlocks ? "generation blocks" : "no generation blocks",
        template.TakesSystemMessage ? "takes a system message" : "no system message");

    private static string Adapter(AdapterConfig? adapter) => adapter is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"rank {adapter.Rank}, alpha {adapter.Alpha}{(adapter.RankStabilized ? " / sqrt(rank)" : "")}, on {string.Join(", ", adapter.TargetModules)}")
            + (adapter.ModulesToSave.Count > 0 ? $", and {string.Join(", ", adapter.ModulesToSave)} in full" : "");

    private static string Files(IReadOnlyList<WeightFile> files) => files.Count == 0
        ? "none"
        : $"{(files.Count == 1 ? files[0].Name : $"{files.Count} shards")}, {Gigabytes(files.Sum(file => file.Bytes))}";

    private static Table MemoryTable(MemoryEstimate memory, MemoryAssumptions assumptions)
    {
        var table = new Table().RoundedBorder().Title($"memory in float32 on a CPU, {assumptions.Rows} sequences of {memory.Length} tokens")
            .AddColumns("", "total", "weights", "sampler", "reference", "gradients", "optimizer", "activations", "keys, values");
        Add("train all weights", memory.FullTraining);
        Add("with a critic (PPO)", memory.CriticTraining);
        Add($"train an adapter of rank {assumptions.AdapterRank}", memory.AdapterTraining);
        Add("sample", memory.Sampling);
        return table;

        void Add(string label, MemoryNeed need) => table.AddRow(
            [label, .. new[] { need.Total, need.Weights, need.SamplerWeights, need.ReferenceWeights, need.Gradients, need.OptimizerState, need.Activations, need.KeyValueCache }.Select(bytes => bytes == 0 ? "" : Gigabytes(bytes))]);
    }

    private static string Gigabytes(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
