using AlignService.Testing;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace AlignService.Architecture.Tests.Deploy;

/// <summary>A value in a YAML file of the checkout, with anchors and merge keys resolved.</summary>
internal sealed class YamlNode(object? value)
{
    public IReadOnlyList<YamlNode> Items => [.. ((IEnumerable<object?>)value!).Select(item => new YamlNode(item))];

    public IReadOnlyList<string> Texts => [.. Items.Select(item => item.Text)];

    public IReadOnlyList<string> Keys => [.. Map.Keys.Select(key => (string)key)];

    public string Text => (string)value!;

    private IDictionary<object, object?> Map => (IDictionary<object, object?>)value!;

    public YamlNode this[string key] =>
        Map.TryGetValue(key, out object? child) ? new YamlNode(child) : throw new KeyNotFoundException($"There is no {key} beside {string.Join(", ", Keys)}.");

    public static YamlNode Load(string relativePath)
    {
        using StreamReader reader = File.OpenText(Path.Combine(Repository.Root, relativePath));
        return new YamlNode(new DeserializerBuilder().Build().Deserialize(new MergingParser(new Parser(reader))));
    }

    public bool Has(string key) => Map.ContainsKey(key);
}
