using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Exports;
using AlignService.HuggingFace.Gguf;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Gguf;

/// <summary>Every golden model, exported and computed by llama.cpp, gives the numbers of transformers; the files have no vocabulary.</summary>
public sealed class LlamaCppModelTests
{
    /// <summary>The bound of the golden files for float32.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>llama.cpp looks GELU up in a table of float16 values, to 11 bits.</summary>
    private const double GeluTolerance = 1e-2;

    /// <summary>What fewer bits a weight cost these random models, whose log-probs spread over several nats: the largest of all rows were 0.023 and 0.35.</summary>
    private const double F16Tolerance = 0.05, Q8Tolerance = 0.7;

    /// <summary>llama.cpp's smallest context is 256 tokens, for which it takes the long factors whatever the text's length; these are right from 29 tokens on.</summary>
    private const string LongRope = "phi3-longrope";

    private const int LongRopeOriginalLength = 28;

    private static readonly string[] WithGelu = ["gemma2", "gemma3", "gpt2", "gpt2-hub-names", "gpt-neox"];

    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    public static TheoryData<string> Adapters => GoldenFolder.Rows("adapters");

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_in_f32_gives_the_golden_log_probs_and_greedy_tokens(string name)
    {
        using var folder = new TemporaryFolder();
        string directory = GoldenFolder.CaseFolder("models", name);
        using LlamaCpp model = Export(new AdaptedModel(directory, null), folder, GgufType.Float32);
        GoldenJson golden = GoldenJson.Load(Path.Combine(directory, "golden.json"), name);
        double tolerance = WithGelu.Contains(name) ? GeluTolerance : Tolerance;

        CompareLogProbs(model, golden, tolerance, ShortestRow(name));
        double[][] rows = golden.Matrix("input_ids"), greedy = golden.Matrix("greedy");
        foreach ((double[] row, double[] expected) in rows.Zip(greedy))
        {
            if (row.Length >= ShortestRow(name) && row.Length + expected.Length <= model.ContextLength && golden.Double("greedy_margin") > 2 * tolerance)
            {
                Assert.Equal(expected.Select(id => (int)id), model.Greedy([.. row.Select(id => (int)id)], expected.Length));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void An_adapter_is_merged_into_its_base(string name)
    {
        using var folder = new TemporaryFolder();
        string directory = GoldenFolder.CaseFolder("adapters", name);
        using LlamaCpp model = Export(AdaptedModel.At(directory), folder, GgufType.Float32);

        CompareLogProbs(model, GoldenJson.Load(Path.Combine(directory, "golden.json"), name), name.StartsWith("gpt2", StringComparison.Ordinal) ? GeluTolerance : Tolerance, shortestRow: 2);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Fewer_bits_move_the_log_probs_within_a_bound(string name)
    {
        string directory = GoldenFolder.CaseFolder("models", name);
        foreach ((GgufType type, double tolerance) in new[] { (GgufType.Float16, F16Tolerance), (GgufType.Q8, Q8Tolerance) })
        {
            using var folder = new TemporaryFolder();
            using LlamaCpp model = Export(new AdaptedModel(directory, null), folder, type);
            CompareLogProbs(model, GoldenJson.Load(Path.Combine(directory, "golden.json"), name), tolerance, ShortestRow(name));
        }
    }

    private static int ShortestRow(string name) => name == LongRope ? LongRopeOriginalLength + 1 : 2;

    private static LlamaCpp Export(AdaptedModel model, TemporaryFolder folder, GgufType type)
    {
        ModelExport export = GgufExport.Write(model, Path.Combine(folder.Path, "model.gguf"), type, TestContext.Current.CancellationToken);
        Assert.Equal(new FileInfo(export.Path).Length, export.ByteCount);
        Assert.Contains(export.Findings, finding => finding.Contains("no vocabulary", StringComparison.Ordinal));
        GgufReader.Read(export.Path);
        return LlamaCpp.Load(export.Path);
    }

    /// <summary>Compares as much of every row as fits the context, which a window that llama.cpp does not know makes shorter.</summary>
    private static void CompareLogProbs(LlamaCpp model, GoldenJson golden, double tolerance, int shortestRow)
    {
        foreach ((double[] row, double[] expected) in golden.Matrix("input_ids").Zip(golden.Matrix("token_logprobs")).Where(pair => pair.First.Length >= shortestRow))
        {
            int[] ids = [.. row.Take(model.ContextLength).Select(id => (int)id)];
            double[] actual = model.LogProbs(ids);
            Assert.NotEmpty(actual);
            Assert.All(actual.Select((logProb, i) => Math.Abs(logProb - expected[i])), difference => Assert.InRange(difference, 0, tolerance));
        }
    }
}
