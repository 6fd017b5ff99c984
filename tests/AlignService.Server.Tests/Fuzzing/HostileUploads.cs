using System.Text;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Store.Resources;
using Google.Protobuf;
using FileProgress = AlignService.Contracts.V1.FileProgress;
using StoredFile = AlignService.Contracts.V1.StoredFile;

namespace AlignService.Server.Tests.Fuzzing;

/// <summary>
/// Requests about models and datasets, to be damaged: of few names and few contents, so that uploads are begun twice, continued, finished, collide and are deleted. Streams have their
/// chunks in order or not, twice, of other files, or none.
/// </summary>
internal static class HostileUploads
{
    private static readonly string[] ModelNames = ["models/policy", "models/up-0", "models/up-1", "models/none", "models/", "jobs/abcd/checkpoints/best"];
    private static readonly string[] DatasetNames = ["datasets/rows", "datasets/up-0", "datasets/up-1", "datasets/up-2", "datasets/none", "datasets/"];

    private static readonly (string Path, byte[] Content)[][] Contents =
    [
        [("rows.jsonl", Encoding.UTF8.GetBytes("{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"c\", \"completion\": \"d\"}\n"))],
        [("a.jsonl", Encoding.UTF8.GetBytes("{\"prompt\": \"a\", \"completion\": \"b\"}\n")), ("b.jsonl", Encoding.UTF8.GetBytes("{\"text\": 1}\n"))],
        [("broken.jsonl", Encoding.UTF8.GetBytes("{\"prompt\": \n"))],
        [("config.json", Encoding.UTF8.GetBytes("{\"model_type\": \"llama\"}")), ("empty.json", [])],
    ];

    public static IReadOnlyList<IMessage> Next(Random random)
    {
        string model = ModelNames[random.Next(ModelNames.Length)], dataset = DatasetNames[random.Next(DatasetNames.Length)];
        (string Path, byte[] Content)[] files = Contents[random.Next(Contents.Length)];
        DatasetReading reading = random.Next(4) switch
        {
            0 => new DatasetReading { Prompts = new PromptSource { Limit = random.Next(3) } },
            1 => new DatasetReading { Examples = new ExampleSource { HeldOutFraction = 0.5 } },
            2 => new DatasetReading { Preferences = new PreferenceSource(), RewardModel = true },
            _ => new DatasetReading(),
        };
        return random.Next(14) switch
        {
            0 => [new BeginImportRequest { Name = model, Files = { Declared(files) } }],
            1 => [.. Stream(random, model, files).Select(part => part.Chunk is { } chunk ? new ImportModelRequest { Chunk = chunk } : new ImportModelRequest { Upload = part.Upload })],
            2 => [new ListModelsRequest { PageSize = random.Next(-1, 600) }],
            3 => [new GetModelRequest { Name = model }],
            4 => [new DeleteModelRequest { Name = model }],
            5 => [new DownloadModelRequest { Name = model, Received = { new FileProgress { Path = "config.json", ReceivedBytes = random.Next(30) } } }],
            6 or 7 => [new BeginUploadRequest { Name = dataset, Files = { Declared(files) } }],
            8 or 9 => [.. Stream(random, dataset, files).Select(part => part.Chunk is { } chunk ? new UploadDatasetRequest { Chunk = chunk } : new UploadDatasetRequest { Upload = part.Upload })],
            10 => [random.Next(2) == 0 ? new ListDatasetsRequest { PageSize = random.Next(-1, 600) } : new GetDatasetRequest { Name = dataset }],
            11 => [new DeleteDatasetRequest { Name = dataset == "datasets/rows" ? "datasets/up-0" : dataset }],
            12 => [random.Next(2) == 0 ? new ValidateDatasetRequest { Name = dataset, Reading = reading, Model = model } : new GetDatasetStatisticsRequest { Name = dataset, Reading = reading, HeldOut = "datasets/rows" }],
            _ => [new PreviewDatasetRequest { Name = dataset, Reading = reading, Model = "models/policy", RowCount = random.Next(-1, 5), FirstRow = random.Next(4) }],
        };
    }

    private static IEnumerable<StoredFile> Declared((string Path, byte[] Content)[] files) =>
        files.Select(file => new StoredFile { Path = file.Path, SizeBytes = file.Content.Length, Sha256 = ModelFiles.Sha256(file.Content) });

    /// <summary>The upload of these files under that name, and chunks of it: mostly as they should be.</summary>
    private static IEnumerable<(string? Upload, FileChunk? Chunk)> Stream(Random random, string name, (string Path, byte[] Content)[] files)
    {
        string digest = FileList.Read([.. Declared(files).Select(file => new Store.Resources.StoredFile(file.Path, file.SizeBytes, file.Sha256))], "files").Digest;
        yield return (random.Next(12) == 0 ? "nothing" : $"{name}/uploads/{digest}", null);
        foreach ((string path, byte[] content) in random.Next(6) == 0 ? files.Reverse() : files)
        {
            int at = 0;
            foreach (byte[] part in content.Chunk(random.Next(1, 40)))
            {
                if (random.Next(25) > 0)
                {
                    yield return (null, new FileChunk { Path = path, Offset = at, Data = ByteString.CopyFrom(part) });
                }

                at += part.Length;
            }
        }
    }
}
