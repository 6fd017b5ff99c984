using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Simd;
using AlignService.Model.Decoding.Torch;
using AlignService.Model.LogProbs;
using AlignService.Model.Tests.Architecture;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Model.Tests.Checkpoints.Families;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Decoding;

/// <summary>
/// What a job depends on: a token has the same log-prob when it is sampled (with a cache, by every engine that can), in a forward pass of its row alone, and in the
/// padded batch of an update, for every family; windows and soft caps included, longrope on either side of its original length.
/// </summary>
[Trait("Category", "Golden")]
public sealed class LogProbAgreementTests(ITestOutputHelper output)
{
    /// <summary>Other kernels and another order of sums, in float32.</summary>
    private const double Tolerance = 1e-4;

    private const int Seed = 5;

    /// <summary>Tokens of each row and of its prompt: longer than every window of the cases, and one prompt of a single token.</summary>
    private static readonly (int Length, int Prompt)[] Shapes = [(28, 11), (21, 4), (9, 1)];

    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Token_SampledAloneOrPadded_HasTheSameLogProb(string caseName)
    {
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", caseName), new LoadOptions()));
        if (model.Config.LengthBoundary is not { } boundary)
        {
            Compare(caseName, model, Shapes);
            return;
        }

        // Up to the boundary, just beyond it, and far beyond it with a row that crosses it while it is sampled.
        foreach ((long planned, int extra) in new[] { (boundary, 0), (boundary + 1, 0), (boundary + 20, 20) })
        {
            model.PlannedLength = planned;
            Compare($"{caseName} planned for {planned}", model, [.. Shapes.Select(shape => (shape.Length + extra, shape.Prompt))]);
        }
    }

    /// <summary>A family without a golden case.</summary>
    [Fact]
    public void Token_OfTheFirstGemma_HasTheSameLogProb()
    {
        using Transformer model = TinyModel.Create(GemmaModel.Read(GemmaModel.Published) with { InitializerRange = 0.3 });
        Compare("gemma", model, Shapes);
    }

    private void Compare(string name, Transformer model, (int Length, int Prompt)[] shapes)
    {
        var random = new Random(Seed);
        int[][] rows = [.. shapes.Select(shape => Enumerable.Range(0, shape.Length).Select(_ => random.Next(model.Config.VocabSize)).ToArray())];
        int[] prompts = [.. shapes.Select(shape => shape.Prompt)];
        double[][] alone = [.. rows.Select((row, i) => Padded(model, [row])[0][(prompts[i] - 1)..])];
        double largest = 0;
        Check("padded", [.. Padded(model, rows).Select((row, i) => row[(prompts[i] - 1)..])]);
        using (var torch = new TorchDecodingEngine(model))
        {
            Check("torch engine", Sampled(torch, rows, prompts));
        }

        if (SimdDecodingEngine.Supports(model))
        {
            using var simd = new SimdDecodingEngine(model);
            Check("simd engine", Sampled(simd, rows, prompts));
        }

        output.WriteLine($"{name}: largest difference {largest:e1}");

        void Check(string what, double[][] got)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                GoldenAssert.Absolute(name, $"{what}, row {i}", alone[i], got[i], Tolerance);
                largest = Math.Max(largest, alone[i].Zip(got[i], (a, b) => Math.Abs(a - b)).Max());
            }
        }
    }

    /// <summary>By the update's own path: rows padded on the right, log-probs chunk by chunk.</summary>
    private static double[][] Padded(Transformer model, int[][] rows)
    {
        using var scope = NewDisposeScope();
        int width = rows.Max(row => row.Length);
        long[] ids = [.. rows.SelectMany(row => row.Select(id => (long)id).Concat(Enumerable.Repeat(0L, width - row.Length)))];
        Tensor batch = tensor(ids).view(rows.Length, width);
        Tensor hidden = model.Hidden(batch, tensor(rows.Select(row => (long)row.Length).ToArray())); // [B, T, C], with gradient
        Tensor before = hidden.narrow(1, 0, width - 1).reshape(-1, model.Config.HiddenSize);
        Tensor tokens = batch.narrow(1, 1, width - 1).reshape(-1);
        double[] values = [.. SelectedLogProbs.Compute(model, before, tokens, temperature: 1).Values.detach().to(ScalarType.Float64).data<double>()];
        return [.. rows.Select((row, i) => values[(i * (width - 1))..((i * (width - 1)) + row.Length - 1)])];
    }

    /// <summary>The given tokens as if they had been sampled: all rows in one batch, each leaving it at its end.</summary>
    private static double[][] Sampled(IDecodingEngine engine, int[][] rows, int[] promptLengths)
    {
        List<double>[] logProbs = [.. rows.Select(_ => new List<double>())];
        using IDecodingBatch batch = engine.CreateBatch();
        for (int i = 0; i < rows.Length; i++)
        {
            using IPromptCache prompt = engine.Prefill(rows[i][..promptLengths[i]]);
            logProbs[i].Add(LogProb(prompt.NextLogits, rows[i][promptLengths[i]]));
            batch.Add(prompt, 1);
        }

        int[] active = [.. Enumerable.Range(0, rows.Length)];
        for (int step = 0; active.Length > 0; step++)
        {
            int[] kept = [.. Enumerable.Range(0, active.Length).Where(k => promptLengths[active[k]] + step + 1 < rows[active[k]].Length)];
            batch.Keep(kept);
            active = [.. kept.Select(k => active[k])];
            if (active.Length == 0)
            {
                break;
            }

            batch.Step([.. active.Select(i => rows[i][promptLengths[i] + step])]);
            for (int k = 0; k < active.Length; k++)
            {
                logProbs[active[k]].Add(LogProb(batch.Logits(k), rows[active[k]][promptLengths[active[k]] + step + 1]));
            }
        }

        return [.. logProbs.Select(row => row.ToArray())];
    }

    private static double LogProb(ReadOnlySpan<float> logits, int token)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return logits[token] - largest - Math.Log(sum);
    }
}
