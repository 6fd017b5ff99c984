using System.Globalization;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Directories;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Adapters;

/// <summary>Every case of golden/adapters against the numbers of PEFT.</summary>
[Trait("Category", "Golden")]
public sealed class AdapterGoldenTests(ITestOutputHelper output)
{
    /// <summary>Both sides are float32, their sums run in another order, and these random weights give logits of 10 and more.</summary>
    private const double MergeTolerance = 5e-4;

    public static TheoryData<string> Cases => GoldenFolder.Rows("adapters");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adapter_OverItsBase_GivesTheGoldenNumbers(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("adapters", caseName);
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName);
        Assert.Equal(Path.GetFullPath(golden.Text("base_model"), folder), AdaptedModel.At(folder).BaseDirectory);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(AdaptedModel.At(folder).BaseDirectory, new LoadOptions { Trainable = false }));
        using LowRankAdapter adapter = PeftAdapter.Load(folder, model, trainable: true);
        Assert.Equal(golden.Double("scaling"), adapter.Config.Scaling, 9);
        GoldenAssert.Same(caseName, "end_token_ids", golden.Ints("end_token_ids"), [.. model.Config.EndTokenIds]);
        _ = golden.Double("greedy_margin");
        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];

        // Off, on, off again: the base answers as if there were no adapter, to the last bit.
        byte[] untouched = LogProbBytes(model, rows[0]);
        GoldenForward.CompareLogProbs(caseName, golden, "token_logprobs_base", model, rows);
        model.Adapter = adapter;
        GoldenForward.CompareForward(caseName, golden, model, rows);
        GoldenForward.CompareGreedy(caseName, golden, model, rows);
        GoldenForward.CompareGradient(caseName, golden["gradient"], model, rows);
        Assert.NotEqual(untouched, LogProbBytes(model, rows[0]));
        model.Adapter = null;
        Assert.Equal(untouched, LogProbBytes(model, rows[0]));

        MergeReport merge = AdapterMerge.FoldChecked(model, adapter);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{caseName}: merging changes a logit by {merge.MaxLogitDifference:E2} at most"));
        Assert.InRange(merge.MaxLogitDifference, 0, MergeTolerance);
        GoldenForward.CompareLogProbs(caseName, golden["merged"], "token_logprobs", model, rows);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adapter_DirectoryUsedAsAModel_IsItsBaseWithTheAdapterMerged(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("adapters", caseName);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions { Trainable = false }));
        Assert.Equal(model.Config.ModelType, HuggingFaceDirectory.ReadConfig(folder).ModelType);
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName);
        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];
        GoldenForward.CompareLogProbs(caseName, golden, "token_logprobs", model, rows);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adapter_WrittenAndReadAgain_HasEqualTensors(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("adapters", caseName);
        AdaptedModel adapted = AdaptedModel.At(folder);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(adapted.BaseDirectory, new LoadOptions { Trainable = false }));
        using LowRankAdapter adapter = PeftAdapter.Load(folder, model, trainable: false);
        using var written = new TemporaryFolder();
        PeftAdapter.Save(adapter, model.Config, adapted.BaseDirectory, written.Path);
        Assert.Equal(PeftConfig.Read(folder).Adapter.Scaling, PeftConfig.Read(written.Path).Adapter.Scaling);
        Assert.Equal(adapted.BaseDirectory, AdaptedModel.At(written.Path).BaseDirectory);

        using LowRankAdapter again = PeftAdapter.Load(written.Path, model, trainable: false);
        Assert.Equal(adapter.NamedParameters().Select(entry => entry.Name), again.NamedParameters().Select(entry => entry.Name));
        Assert.All(adapter.NamedParameters().Zip(again.NamedParameters()), pair => Assert.Equal(pair.First.Parameter.bytes.ToArray(), pair.Second.Parameter.bytes.ToArray()));
    }

    private static byte[] LogProbBytes(Transformer model, long[] row)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return nn.functional.log_softmax(model.Logits(model.Hidden(tensor(row).unsqueeze(0))), -1).bytes.ToArray();
    }
}
