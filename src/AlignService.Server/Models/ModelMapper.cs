using AlignService.HuggingFace.Inspection;
using AlignService.Server.Mapping;
using AlignService.Specs.Sizing;
using AlignService.Store.Resources;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;
using WireReport = AlignService.Contracts.V1.ModelReport;

namespace AlignService.Server.Models;

/// <summary>Models to the wire.</summary>
internal static class ModelMapper
{
    /// <summary>As in lists.</summary>
    public static Wire.StoredModel WriteBrief(StoredResource model) => new()
    {
        Name = model.Name.ResourceName,
        CreateTime = Timestamp.FromDateTimeOffset(model.CreateTime),
        SizeBytes = model.Files.Bytes,
        Kind = model.Facts?.Kind ?? "",
        ParameterCount = model.Facts?.Count ?? 0,
        Imported = model.Facts is not null,
    };

    public static Wire.StoredModel Write(FoundModel model, HuggingFace.Inspection.ModelReport report, MemoryAssumptions assumptions) => new()
    {
        Name = model.Name,
        CreateTime = Timestamp.FromDateTimeOffset(model.CreateTime),
        SizeBytes = model.Files.Sum(file => file.Bytes),
        Kind = ModelImports.KindName(report.Kind),
        ParameterCount = report.ParameterCount,
        Imported = model.Stored?.Facts is not null,
        Files = { FileMapper.Write(model.Files) },
        Report = Write(report, assumptions),
    };

    private static WireReport Write(HuggingFace.Inspection.ModelReport report, MemoryAssumptions assumptions) => new()
    {
        Usable = report.IsUsable,
        Family = report.Config?.ModelType ?? "",
        StoredDtypes = { report.StoredDtypes },
        ContextLength = report.Config?.MaxPositions ?? 0,
        VocabularySize = report.Config?.VocabSize ?? 0,
        EndTokens = { report.EndTokens.Select(token => new WireReport.Types.EndToken { Id = token.Id, Text = token.Text ?? "" }) },
        Adapter = Write(report.Adapter),
        Tokenizer = Write(report.Tokenizer),
        Memory = Write(MemoryEstimate.Of(report, assumptions), assumptions),
        Findings = { report.Findings.Select(finding => new WireReport.Types.ModelFinding { Code = finding.Code, Message = finding.Message, Fault = finding.IsFault }) },
    };

    private static WireReport.Types.AdapterReport? Write(HuggingFace.Adapters.PeftConfig? config) => config is null ? null : new()
    {
        BaseModel = config.BaseModel ?? "",
        Rank = config.Adapter.Rank,
        Alpha = config.Adapter.Alpha,
        RankStabilized = config.Adapter.RankStabilized,
        TargetModules = { config.Adapter.TargetModules },
        ModulesToSave = { config.Adapter.ModulesToSave },
    };

    private static WireReport.Types.TokenizerReport? Write(TokenizerReport? tokenizer) => tokenizer is null ? null : new()
    {
        Kind = tokenizer.Kind,
        VocabularySize = tokenizer.VocabularySize,
        ChatTemplate = tokenizer.ChatTemplate is not { } template ? null : new()
        {
            Renders = template.Renders,
            GenerationBlocks = template.HasGenerationBlocks,
            GenerationPrompt = template.HasGenerationPrompt,
            SystemMessage = template.TakesSystemMessage,
        },
    };

    private static WireReport.Types.MemoryReport? Write(MemoryEstimate? memory, MemoryAssumptions assumptions) => memory is null ? null : new()
    {
        Rows = assumptions.Rows,
        Length = memory.Length,
        AdapterRank = assumptions.AdapterRank,
        FullTraining = memory.FullTraining.Total,
        CriticTraining = memory.CriticTraining.Total,
        AdapterTraining = memory.AdapterTraining.Total,
        Sampling = memory.Sampling.Total,
    };
}
