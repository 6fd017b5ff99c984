using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Families;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tests.Architecture;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Models from scratch, of every family, in every configuration that the golden cases show.</summary>
public sealed class NewModelTests
{
    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Models))]
    public void Save_NewModelOfAnyFamily_ReadsBackAsTheSameConfigurationAndWeights(string caseName)
    {
        TransformerConfig config = ModelDescription.Read(GoldenFolder.CaseFolder("models", caseName)).Config with { BeginTokenId = 1, PadTokenId = 0, EndTokenIds = [2, 3], InitializerRange = 0.05 };
        using var folder = new TemporaryFolder();
        using Transformer model = HuggingFaceCheckpoint.CreateRandom(config, 3, new LoadOptions());
        HuggingFaceCheckpoint.Save(model, null, folder.Path, null);

        using Transformer read = HuggingFaceCheckpoint.LoadTransformer(folder.Path, new LoadOptions());
        Assert.Equal(config.EndTokenIds, read.Config.EndTokenIds);
        Assert.Equal(config.Layers, read.Config.Layers);
        Assert.Equal(config with { EndTokenIds = [], Layers = [] }, read.Config with { EndTokenIds = [], Layers = [] });
        using Tensor ids = arange(3, 23L).unsqueeze(0), expected = model.Hidden(ids), got = read.Hidden(ids);
        Assert.True(expected.equal(got).all().ToBoolean());
    }

    [Fact]
    public void Save_WhatTheFamilyCannotSay_IsRefusedByName()
    {
        TransformerConfig windowed = TinyModel.Llama with { Layers = [new LayerConfig(TinyModel.Rope, 5)], LogitSoftcap = 3 };
        using var folder = new TemporaryFolder();
        using Transformer model = HuggingFaceCheckpoint.CreateRandom(windowed, 3, new LoadOptions());
        string message = Assert.Throws<CheckpointException>(() => HuggingFaceCheckpoint.Save(model, null, folder.Path, null)).Message;
        Assert.Contains("Layers, LogitSoftcap", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12, 98)]
    [InlineData(2, 98)]
    [InlineData(22, 64)]
    public void Save_PartialRotary_KeepsItsWidth(int rotaryDim, int headDim)
    {
        TransformerConfig config = TinyModel.Llama with { ModelType = "phi3", QueryKeyValueLayout = QueryKeyValueLayout.Concatenated, FeedForward = FeedForwardKind.GatedFused, HeadDim = headDim, Layers = [new LayerConfig(TinyModel.Rope with { RotaryDim = rotaryDim })] };
        Assert.Equal(rotaryDim, (int)(headDim * (double)NewConfiguration.Of(config)["rope_parameters"]!["partial_rotary_factor"]!));
    }
}
