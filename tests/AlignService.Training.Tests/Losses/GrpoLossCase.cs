using AlignService.Specs.PolicyOptimization;
using AlignService.Testing;
using AlignService.Training.Losses;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Losses;

/// <summary>A case of grpo_losses.json as the tensors and the configuration that it describes.</summary>
internal sealed class GrpoLossCase(GoldenJson golden, ScalarType dtype)
{
    private readonly GoldenJson _inputs = golden["inputs"];

    public Tensor LogProbs { get; } = GoldenTensors.Matrix(golden["inputs"], "log_probs", dtype).requires_grad_();

    public Tensor? Entropies { get; } = golden["inputs"].HasValue("entropies") ? GoldenTensors.Matrix(golden["inputs"], "entropies", dtype).requires_grad_() : null;

    public GrpoLossConfig Config { get; } = ReadConfig(golden["config"]);

    public MicroBatch Batch => new()
    {
        Mask = GoldenTensors.Matrix(_inputs, "mask", ScalarType.Bool),
        Advantages = Advantages(),
        OldLogProbs = Optional("old_log_probs"),
        ReferenceLogProbs = Optional("ref_log_probs"),
        SamplerLogProbs = Optional("sampler_log_probs"),
    };

    public static GrpoLossConfig ReadConfig(GoldenJson config) => new()
    {
        Objective = config.Text("objective") switch
        {
            "clipped" => Objective.Clipped,
            "cispo" => Objective.Cispo,
            "sapo" => Objective.Sapo,
            "reinforce" => Objective.Reinforce,
            string other => throw new InvalidOperationException($"unknown objective {other}"),
        },
        RatioLevel = config.Text("ratio_level") switch
        {
            "token" => RatioLevel.Token,
            "sequence" => RatioLevel.Sequence,
            string other => throw new InvalidOperationException($"unknown ratio_level {other}"),
        },
        Aggregation = config.Text("aggregation") switch
        {
            "sequence_mean" => Aggregation.SequenceMean,
            "token_mean" => Aggregation.TokenMean,
            "constant" => Aggregation.Constant,
            "token_sum" => Aggregation.TokenSum,
            string other => throw new InvalidOperationException($"unknown aggregation {other}"),
        },
        KlEstimator = Estimator(config.Text("kl_estimator")),
        KlPlacement = config.Text("kl_placement") switch
        {
            "loss" => KlPlacement.Loss,
            "reward" => KlPlacement.Reward,
            string other => throw new InvalidOperationException($"unknown kl_placement {other}"),
        },
        SamplerCorrection = config.HasValue("sampler_correction") ? Correction(config.Text("sampler_correction")) : SamplerCorrection.Off,
        SamplerCap = config.Double("sampler_cap"),
        ClipLow = config.Double("clip_low"),
        ClipHigh = config.Double("clip_high"),
        RatioCap = config.OptionalDouble("ratio_cap"),
        DualClip = config.OptionalDouble("dual_clip"),
        CispoAbsoluteMax = config.OptionalDouble("cispo_absolute_max"),
        KlCoefficient = config.Double("kl_coefficient"),
        EntropyCoefficient = config.Double("entropy_coefficient"),
        TopEntropyFraction = config.OptionalDouble("top_entropy_fraction"),
        MaxCompletionLength = config.Int("max_completion_length"),
    };

    public static KlEstimator Estimator(string name) => name switch
    {
        "k1" => KlEstimator.K1,
        "k2" => KlEstimator.K2,
        "k3" => KlEstimator.K3,
        "k3_ratio" => KlEstimator.K3Ratio,
        "k3_straight" => KlEstimator.K3Straight,
        _ => throw new InvalidOperationException($"unknown kl_estimator {name}"),
    };

    private static SamplerCorrection Correction(string name) => name switch
    {
        "truncate" => SamplerCorrection.Truncate,
        "mask" => SamplerCorrection.Mask,
        "sequence_mask" => SamplerCorrection.SequenceMask,
        _ => throw new InvalidOperationException($"unknown sampler_correction {name}"),
    };

    private Tensor Advantages() => _inputs["advantages"].Items[0].Element.ValueKind == System.Text.Json.JsonValueKind.Array
        ? GoldenTensors.Matrix(_inputs, "advantages", dtype)
        : GoldenTensors.Vector(_inputs.Doubles("advantages"), dtype).unsqueeze(1);

    private Tensor? Optional(string key) => _inputs.HasValue(key) ? GoldenTensors.Matrix(_inputs, key, dtype) : null;
}
