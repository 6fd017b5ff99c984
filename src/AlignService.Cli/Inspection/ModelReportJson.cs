using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Inspection;
using AlignService.Specs.Sizing;

namespace AlignService.Cli.Inspection;

/// <summary>A model report as JSON.</summary>
internal static class ModelReportJson
{
    public static JsonObject Of(ModelReport report, MemoryEstimate? memory, MemoryAssumptions assumptions) => new()
    {
        ["directory"] = report.Directory,
        ["kind"] = KindName(report.Kind),
        ["usable"] = report.IsUsable,
        ["family"] = report.Config?.ModelType,
        ["parameters"] = report.ParameterCount,
        ["stored_dtypes"] = Texts(report.StoredDtypes),
        ["compute_dtype"] = "float32",
        ["context_length"] = report.Config?.MaxPositions,
        ["length_boundary"] = report.Config?.LengthBoundary,
        ["vocabulary"] = report.Config?.VocabSize,
        ["end_tokens"] = new JsonArray([.. report.EndTokens.Select(token => new JsonObject { ["id"] = token.Id, ["text"] = token.Text })]),
        ["pad_token_id"] = report.Config?.PadTokenId,
        ["sampler"] = report.Kind != ModelKind.LanguageModel ? null : report.HasVectorizedDecoder ? "vectorized" : "torch",
        ["adapter"] = Adapter(report.Adapter),
        ["tokenizer"] = report.Tokenizer is { } tokenizer ? new JsonObject { ["kind"] = tokenizer.Kind, ["vocabulary"] = tokenizer.VocabularySize } : null,
        ["chat_template"] = Template(report.Tokenizer?.ChatTemplate),
        ["files"] = new JsonArray([.. report.Files.Select(file => new JsonObject { ["name"] = file.Name, ["bytes"] = file.Bytes })]),
        ["bytes"] = report.Files.Sum(file => file.Bytes),
        ["memory"] = memory is null ? null : new JsonObject
        {
            ["rows"] = assumptions.Rows,
            ["length"] = memory.Length,
            ["adapter_rank"] = assumptions.AdapterRank,
            ["full_training"] = Need(memory.FullTraining),
            ["critic_training"] = Need(memory.CriticTraining),
            ["adapter_training"] = Need(memory.AdapterTraining),
            ["sampling"] = Need(memory.Sampling),
        },
        ["findings"] = new JsonArray([.. report.Findings.Select(finding => new JsonObject
        {
            ["severity"] = finding.IsFault ? "fault" : "warning",
            ["code"] = finding.Code,
            ["message"] = finding.Message,
        })]),
    };

    internal static string KindName(ModelKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static JsonObject? Adapter(PeftConfig? adapter) => adapter is null ? null : new JsonObject
    {
        ["base_model"] = adapter.BaseModel,
        ["rank"] = adapter.Adapter.Rank,
        ["alpha"] = adapter.Adapter.Alpha,
        ["rank_stabilized"] = adapter.Adapter.RankStabilized,
        ["target_modules"] = Texts(adapter.Adapter.TargetModules),
        ["modules_to_save"] = Texts(adapter.Adapter.ModulesToSave),
    };

    private static JsonObject? Template(ChatTemplateReport? template) => template is null ? null : new JsonObject
    {
        ["renders"] = template.Renders,
        ["generation_blocks"] = template.HasGenerationBlocks,
        ["generation_prompt"] = template.HasGenerationPrompt,
        ["system_message"] = template.TakesSystemMessage,
    };

    private static JsonObject Need(MemoryNeed need) => new()
    {
        ["total_bytes"] = need.Total,
        ["weights"] = need.Weights,
        ["sampler_weights"] = need.SamplerWeights,
        ["reference_weights"] = need.ReferenceWeights,
        ["gradients"] = need.Gradients,
        ["optimizer_state"] = need.OptimizerState,
        ["activations"] = need.Activations,
        ["key_value_cache"] = need.KeyValueCache,
        ["runtime"] = need.Runtime,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
