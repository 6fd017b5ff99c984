using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Directories;

/// <summary>config.json files of well-known models.</summary>
public sealed class KnownConfigurationTests
{
    [Theory]
    [InlineData("Llama-3.2-1B-Instruct.json", "llama", 1_235_814_400)]
    [InlineData("Qwen3-1.7B.json", "qwen3", 1_720_574_976)]
    public void Read_PublishedConfiguration_HasThePublishedParameterCount(string file, string modelType, long parameterCount)
    {
        using TemporaryFolder folder = With(file);
        TransformerConfig config = ModelDescription.Read(folder.Path).Config;
        Assert.Equal(modelType, config.ModelType);
        Assert.Equal(parameterCount, ParameterLayout.Of(config).Sum(spec => spec.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    [Theory]
    [InlineData("gemma3_1b_it.json", "model_type gemma3 is not supported yet")]
    [InlineData("Qwen2.5-0.5B-Instruct.json", "mask_value")]
    public void Read_OptionsThatTransformersDoesNotKnow_AreRefusedByName(string file, string expected)
    {
        using TemporaryFolder folder = With(file);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => ModelDescription.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static TemporaryFolder With(string file)
    {
        byte[] json = File.ReadAllBytes(SharedFolder.Require(Path.Combine("models", "hf-configs", file)));
        var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["config.json"], json);
        return folder;
    }
}
