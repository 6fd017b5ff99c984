using System.Text.Json;
using AlignService.Specs.Resources;

namespace AlignService.Store.Resources;

/// <summary>A model or a dataset that the server keeps: a folder {data}/{collection}/{id}.</summary>
public sealed record StoredResource
{
    public required StoredName Name { get; init; }

    public required string Directory { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    /// <summary>By path. Of a folder that an operator put there, without checksums.</summary>
    public required FileList Files { get; init; }

    /// <summary>What was found out when it was uploaded; null for a folder that an operator put there.</summary>
    public ResourceFacts? Facts { get; init; }
}

/// <summary>What was found out about a resource when it was uploaded.</summary>
/// <param name="Kind">Of a model its kind (language_model, reward_model, adapter), of a dataset its format (.jsonl, .parquet, ...).</param>
/// <param name="Count">Of a model its parameters, of a dataset its rows.</param>
public sealed record ResourceFacts(string Kind, long Count);

/// <summary>.align.json in a resource's folder: what was declared of its files, and, once it is published, what it is. The rename of the folder is what publishes it.</summary>
internal sealed record ResourceRecord(DateTimeOffset CreateTime, IReadOnlyList<StoredFile> Files, ResourceFacts? Facts)
{
    /// <summary>Hidden, so that no reader of models or data takes it for one of theirs.</summary>
    public const string FileName = ".align.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Null where there is none, or where the folder has gone meanwhile.</summary>
    public static ResourceRecord? TryRead(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<ResourceRecord>(File.ReadAllText(Path.Combine(directory, FileName)), Json);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces the record atomically.</summary>
    public void Write(string directory)
    {
        string path = Path.Combine(directory, FileName), partial = path + ".partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(this, Json));
        File.Move(partial, path, overwrite: true);
    }
}
