using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Training.Optimization;
using AlignService.Training.Tests.Losses;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Optimization;

public sealed class AdamWTests
{
    public static TheoryData<string> Schedules => GoldenFolder.AlgorithmRows("adamw.json", "schedules");

    public static TheoryData<string> Updates => GoldenFolder.AlgorithmRows("adamw.json", "updates");

    [Theory]
    [MemberData(nameof(Schedules))]
    [Trait("Category", "Golden")]
    public void LearningRates_GoldenCase_FollowTheSchedule(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("adamw.json", row);
        OptimizerConfig config = new()
        {
            LearningRate = golden.Double("learning_rate"),
            WarmupSteps = golden.Int("warmup_steps"),
            Schedule = golden.Text("kind") switch
            {
                "constant" => LearningRateSchedule.Constant,
                "linear" => LearningRateSchedule.Linear,
                "cosine" => LearningRateSchedule.Cosine,
                string other => throw new InvalidOperationException($"unknown schedule {other}"),
            },
        };
        double[] expected = golden.Doubles("expected");

        double[] got = [.. Enumerable.Range(0, expected.Length).Select(step => LearningRates.At(config, step, golden.Int("total_steps")))];

        // Rates are small: relative to the peak, not to 1.
        GoldenAssert.Absolute(row, "rate", expected, got, GoldenTolerance.Double * config.LearningRate);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [Trait("Category", "Golden")]
    public void Step_GoldenCaseInDouble_MovesTheParameters(string row) => Check(row, ScalarType.Float64, GoldenTolerance.Double);

    [Theory]
    [MemberData(nameof(Updates))]
    [Trait("Category", "Golden")]
    public void Step_GoldenCaseInFloat_MovesTheParameters(string row) => Check(row, ScalarType.Float32, GoldenTolerance.Float);

    [Fact]
    public void Step_ParametersInBfloat16_MovesTheirMastersAsTheFloatOptimiserDoes()
    {
        const int Steps = 20;
        const double SmallRate = 1e-5; // beside 1, a bfloat16 has no number nearer than 0.004
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        Tensor start = ones(64) + (0.1 * randn(64)); // a file in float32
        Tensor exact = start.clone().requires_grad_(), master = start.clone(), narrow = start.to(ScalarType.BFloat16).requires_grad_();
        using AdamW plain = new([KeyValuePair.Create("p", exact)], new OptimizerConfig());
        using AdamW mastered = new([KeyValuePair.Create("p", narrow)], new OptimizerConfig(), new Dictionary<string, Tensor> { ["p"] = master });

        for (int step = 0; step < Steps; step++)
        {
            Tensor gradient = randn(64).to(ScalarType.BFloat16);
            (exact.grad, narrow.grad) = (gradient.to(ScalarType.Float32), gradient);
            Assert.Equal(plain.Step(SmallRate), mastered.Step(SmallRate));
        }

        Assert.Equal(exact.Values(), master.Values());
        Assert.NotEqual(start.Values(), master.Values());
        Assert.Equal(master.to(ScalarType.BFloat16).Values(), narrow.Values());
        Assert.All(mastered.Moments.Values, moment => Assert.Equal(ScalarType.Float32, moment.dtype));
    }

    private static void Check(string row, ScalarType dtype, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("adamw.json", row);
        using var scope = NewDisposeScope();
        double[] betas = golden.Doubles("betas");
        OptimizerConfig config = new()
        {
            Beta1 = betas[0],
            Beta2 = betas[1],
            Epsilon = golden.Double("eps"),
            WeightDecay = golden.Double("weight_decay"),
            MaxGradNorm = golden.OptionalDouble("max_norm") ?? double.PositiveInfinity,
        };
        Tensor[] parameters = [.. golden["parameters"].Items.Select(values => GoldenTensors.Vector(values.AsDoubles(), dtype).requires_grad_())];
        using AdamW optimizer = new(parameters.Select((parameter, i) => KeyValuePair.Create($"p{i}", parameter)), config);
        double[] rates = golden.Doubles("learning_rates");
        for (int step = 0; step < rates.Length; step++)
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                parameters[i].grad = GoldenTensors.Vector(golden["gradients"].Items[step].Items[i].AsDoubles(), dtype);
            }

            OptimizerStep done = optimizer.Step(rates[step]);

            GoldenJson expected = golden["expected"].Items[step];
            Assert.True(expected.Bool("skipped") == done.Skipped, $"{row}: step {step} skipped, expected {!done.Skipped}, got {done.Skipped}, tolerance none");
            double norm = expected["norm"].AsDouble();
            GoldenAssert.Close(row, $"step {step} norm", norm, double.IsNaN(norm) && !double.IsFinite(done.GradientNorm) ? double.NaN : done.GradientNorm, tolerance);
            for (int i = 0; i < parameters.Length; i++)
            {
                GoldenAssert.Close(row, $"step {step} parameter {i}", expected["parameters"].Items[i].AsDoubles(), parameters[i].Values(), tolerance);
            }
        }

        golden.AssertAllRead();
    }
}
