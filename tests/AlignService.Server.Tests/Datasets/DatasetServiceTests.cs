using System.IO.Compression;
using System.Text;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Datasets;

/// <summary>Data over the wire, as a client on another machine has it.</summary>
public sealed class DatasetServiceTests
{
    private const string Sums = """
        {"prompt": "2 + 2 =", "answer": "4"}
        {"prompt": "3 + 3 =", "answer": "6"}
        {"prompt": "2 + 2 =", "answer": "4"}

        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_are_uploaded_listed_told_named_by_a_job_and_deleted()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        Dataset made = (await DataFiles.UploadAsync(server, "datasets/sums", "train.jsonl", Sums, Cancel)).Dataset;

        Assert.Equal(("datasets/sums", ".jsonl", 3L, true, Sums.Length), (made.Name, made.Format, made.RowCount, made.Uploaded, made.SizeBytes));
        Assert.Equal(made, Assert.Single((await server.Datasets.ListDatasetsAsync(new ListDatasetsRequest(), cancellationToken: Cancel)).Datasets));
        Dataset told = (await server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = made.Name }, cancellationToken: Cancel)).Dataset;
        Assert.Equal(("train.jsonl", ModelFiles.Sha256(Encoding.UTF8.GetBytes(Sums))), (Assert.Single(told.Files).Path, told.Files[0].Sha256));
        Assert.Equal(["prompt", "answer"], told.Fields);

        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Prompts = new PromptSource { File = made.Name };
        Job job = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job;
        Assert.Equal(made.Name, job.Spec.Grpo.Prompts.File);
        RpcException used = await Assert.ThrowsAsync<RpcException>(async () => await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = made.Name }, cancellationToken: Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, job.Name), (used.StatusCode, Assert.Single(used.GetRpcStatus()!.GetDetail<PreconditionFailure>()!.Violations).Subject));

        await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job.Name }, cancellationToken: Cancel);
        await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = made.Name }, cancellationToken: Cancel);
        Assert.Equal([".content"], Directory.GetFileSystemEntries(Path.Combine(server.Folder.Path, "datasets"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        RpcException gone = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel));
        BadRequest.Types.FieldViolation violation = Assert.Single(gone.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal(("spec.grpo.prompts.file", "NOT_FOUND"), (violation.Field, violation.Reason));
        Assert.Contains("datasets/sums does not exist", violation.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rows.jsonl", 3)]
    [InlineData("rows.json", 3)]
    [InlineData("rows.csv", 3)]
    [InlineData("rows.tsv.gz", 3)]
    [InlineData("rows.jsonl.zst", 3)]
    [InlineData("rows.parquet", 120)]
    public async Task Every_format_is_read(string file, int rows)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        Dataset made = (await DataFiles.UploadAsync(server, "datasets/rows", Cancel, (file, ContentOf(file)))).Dataset;

        Assert.Equal(rows, made.RowCount);
        if (rows == 3)
        {
            ValidateDatasetResponse valid = await server.Datasets.ValidateDatasetAsync(new ValidateDatasetRequest { Name = made.Name, Reading = new DatasetReading { Prompts = new PromptSource() } }, cancellationToken: Cancel);
            Assert.Equal(3, valid.RowCount);
        }
    }

    [Fact]
    public async Task Several_files_are_one_dataset_and_the_same_file_is_sent_once()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        byte[] one = Encoding.UTF8.GetBytes(Sums), two = Encoding.UTF8.GetBytes("{\"prompt\": \"5 + 5 =\", \"answer\": \"10\"}\n");
        await DataFiles.UploadAsync(server, "datasets/one", Cancel, ("a.jsonl", one));

        BeginUploadResponse begun = await DataFiles.BeginAsync(server, "datasets/both", Cancel, ("x.jsonl", one), ("y.jsonl", two));
        Assert.Equal([new FileProgress { Path = "x.jsonl", ReceivedBytes = one.Length }, new FileProgress { Path = "y.jsonl" }], begun.Received);
        Assert.Equal(4, (await DataFiles.UploadAsync(server, "datasets/both", Cancel, ("x.jsonl", one), ("y.jsonl", two))).Dataset.RowCount);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(server.Folder.Path, "datasets", ".content")).Length);
    }

    [Fact]
    public async Task Rows_that_cannot_be_parsed_are_all_told_and_nothing_is_stored()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string text = string.Concat(Enumerable.Range(1, 500).Select(i => i % 100 == 0 ? $"{{\"prompt\": {i}\n" : i == 7 ? "[]\n" : $"{{\"prompt\": \"{i}\"}}\n"));

        UploadDatasetResponse refused = await DataFiles.UploadAsync(server, "datasets/broken", "rows.jsonl", text, Cancel);

        Assert.Null(refused.Dataset);
        Assert.Contains("line 7: a JSON array, but an object is expected", refused.Faults);
        Assert.Contains(refused.Faults, fault => fault.StartsWith("lines 100, 200, 300, 400, 500: not JSON", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.Folder.Path, "datasets")));

        foreach ((string file, byte[] content, string words) in new (string, byte[], string)[]
        {
            ("rows.jsonl", [0x50, 0x4b, 3, 4, 0, 0], "rows.jsonl is a zip archive"),
            ("rows.parquet", [.. "PAR1"u8, 0, 0, 0, 0, .. "PAR1"u8], "rows.parquet"),
            ("rows.jsonl.gz", [0x1f, 0x8b, 8, 0, 0], "rows.jsonl.gz cannot be read to its end"),
            ("rows.jsonl.gz", ContentOf("rows.jsonl.gz")[..^9], "rows.jsonl.gz cannot be read to its end"),
            ("rows.jsonl.zst", ContentOf("rows.jsonl.zst")[..^2], "rows.jsonl.zst cannot be read to its end"),
            ("rows.jsonl", [], "no rows"),
        })
        {
            RpcException whole = await Assert.ThrowsAsync<RpcException>(() => DataFiles.UploadAsync(server, "datasets/broken", Cancel, (file, content)));
            Assert.Equal(StatusCode.InvalidArgument, whole.StatusCode);
            Assert.Contains(words, whole.Status.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain(server.Folder.Path, whole.Status.Detail, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.Folder.Path, "datasets")));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_that_breaks_off_or_has_other_bytes_goes_on_where_it_was_right(bool overPostgres)
    {
        await using PostgresCluster? postgres = overPostgres ? await PostgresCluster.StartAsync(Cancel) : null;
        await using TestServer server = await TestServer.StartAsync(options => options with { Store = postgres?.Connection }, Cancel);
        DataFiles client = new(server, []);
        byte[] rows = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"prompt\": \"{i} + {i} =\", \"answer\": \"{i + i}\"}}\n")));
        BeginUploadResponse begun = await client.BeginAsync("datasets/many", Cancel, ("rows.jsonl", rows));
        FileChunk[] chunks = [.. DataFiles.Missing(begun, ("rows.jsonl", rows))];
        Assert.True(chunks.Length > 6);

        await Assert.ThrowsAsync<RpcException>(() => client.SendAsync(begun.Upload, chunks[..3], Cancel)); // ends too early
        BeginUploadResponse half = await client.BeginAsync("datasets/many", Cancel, ("rows.jsonl", rows));
        Assert.Equal((begun.Upload, chunks[3].Offset), (half.Upload, Assert.Single(half.Received).ReceivedBytes));

        FileChunk[] wrong = [.. chunks[3..].Select(chunk => chunk.Clone())];
        wrong[^1].Data = ByteString.CopyFrom(new byte[wrong[^1].Data.Length]);
        RpcException other = await Assert.ThrowsAsync<RpcException>(() => client.SendAsync(half.Upload, wrong, Cancel));
        Assert.Equal((StatusCode.InvalidArgument, "chunk.data"), (other.StatusCode, other.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations[0].Field));
        Assert.Empty((await server.Datasets.ListDatasetsAsync(new ListDatasetsRequest(), cancellationToken: Cancel)).Datasets);

        Assert.Equal(20_000, (await client.UploadAsync("datasets/many", Cancel, ("rows.jsonl", rows))).Dataset.RowCount);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Prompts = new PromptSource { File = "datasets/many" };
        Job job = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job;
        RpcException used = await Assert.ThrowsAsync<RpcException>(async () => await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = "datasets/many" }, cancellationToken: Cancel));
        Assert.Equal(StatusCode.FailedPrecondition, used.StatusCode);
        await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job.Name }, cancellationToken: Cancel);
        await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = "datasets/many" }, cancellationToken: Cancel);
    }

    [Fact]
    public async Task What_is_beyond_the_quota_is_refused_before_it_is_sent()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxDatasetsGib = 1, MaxDataMib = 2048 }, Cancel);
        BeginUploadRequest request = new() { Name = "datasets/large", Files = { new StoredFile { Path = "rows.jsonl", SizeBytes = 700L << 20, Sha256 = new string('0', 64) } } };
        await server.Datasets.BeginUploadAsync(request, cancellationToken: Cancel);

        request.Name = "datasets/larger";
        request.Files[0].Sha256 = new string('1', 64);
        RpcException full = await Assert.ThrowsAsync<RpcException>(async () => await server.Datasets.BeginUploadAsync(request, cancellationToken: Cancel));

        Assert.Equal((StatusCode.ResourceExhausted, "datasets"), (full.StatusCode, Assert.Single(full.GetRpcStatus()!.GetDetail<QuotaFailure>()!.Violations).Subject));
    }

    [Theory]
    [InlineData("datasets/..")]
    [InlineData("datasets/../models/a")]
    [InlineData("datasets/A")]
    [InlineData("datasets/a\0")]
    [InlineData("datasets/.content")]
    [InlineData("/etc/passwd")]
    [InlineData("models/a")]
    [InlineData("")]
    public async Task A_name_that_is_none_is_refused_everywhere(string name)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        foreach (string asked in new[] { name, name + new string('a', 300) })
        {
            foreach (Func<Task> call in new Func<Task>[]
            {
                () => DataFiles.BeginAsync(server, asked, Cancel, ("rows.jsonl", [1])),
                async () => await server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = asked }, cancellationToken: Cancel),
                async () => await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = asked }, cancellationToken: Cancel),
                () => new DataFiles(server, []).SendAsync($"{asked}/uploads/{new string('0', 64)}", [], Cancel),
            })
            {
                Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("extensions", "rows.txt")]
    [InlineData("in a folder", "deep/rows.jsonl")]
    [InlineData("begins with '_'", "_rows.jsonl")]
    [InlineData("several formats", "a.jsonl", "b.csv")]
    public async Task What_no_reader_would_take_is_refused_before_it_is_sent(string words, params string[] paths)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => DataFiles.BeginAsync(server, "datasets/rows", Cancel, [.. paths.Select(path => (path, new byte[] { 1 }))]));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains(words, refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_large_for_a_job_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxDataMib = 1 }, Cancel);
        byte[] large = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"prompt\": \"a prompt of some words\"}\n", 40_000)));
        using MemoryStream packed = new();
        await using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(large, Cancel);
        }

        RpcException declared = await Assert.ThrowsAsync<RpcException>(() => DataFiles.BeginAsync(server, "datasets/large", Cancel, ("rows.jsonl", large)));
        Assert.Contains("--max-data-mib", declared.Status.Detail, StringComparison.Ordinal);
        RpcException unpacked = await Assert.ThrowsAsync<RpcException>(() => DataFiles.UploadAsync(server, "datasets/large", Cancel, ("rows.jsonl.gz", packed.ToArray())));
        Assert.Contains("holds more than 1 MiB", unpacked.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_is_validated_as_a_job_would_read_it()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(server.Folder, "models/policy", context: 12, architecture: "LlamaForCausalLM");
        await DataFiles.UploadAsync(server, "datasets/qa", "rows.jsonl", """
            {"question": "short", "solution": "1"}
            {"question": "a question of so many words that it cannot fit into twelve tokens", "solution": "2"}
            {"solution": "3"}
            {"question": 4, "solution": "4"}

            """, Cancel);

        ValidateDatasetRequest request = new() { Name = "datasets/qa", Reading = new DatasetReading { Prompts = new PromptSource { PromptField = "question", AnswerField = "solutoin" } } };
        ValidateDatasetResponse faulty = await server.Datasets.ValidateDatasetAsync(request, cancellationToken: Cancel);
        Assert.Equal(0, faulty.RowCount);
        Assert.Contains(faulty.Faults, fault => fault.StartsWith("line 3: neither \"question\" nor", StringComparison.Ordinal));
        Assert.Contains(faulty.Faults, fault => fault.StartsWith("line 4: \"question\" is a JSON number", StringComparison.Ordinal));

        request.Reading.Prompts.Limit = 2;
        request.Model = "models/policy";
        ValidateDatasetResponse valid = await server.Datasets.ValidateDatasetAsync(request, cancellationToken: Cancel);
        Assert.Equal((2, 0), (valid.RowCount, valid.Faults.Count));
        Assert.Contains(valid.Warnings, warning => warning.Contains("none of the 2 prompts has the field \"solutoin\"", StringComparison.Ordinal));
        Assert.Contains(valid.Warnings, warning => warning.StartsWith("1 of 2 rows are longer than 12 tokens: row 1 has", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("reading", "datasets/sums", "", null)]
    [InlineData("reading.prompts.limit", "datasets/sums", "", -1)]
    [InlineData("name", "datasets/../sums", "", 0)]
    [InlineData("model", "datasets/sums", "models/../policy", 0)]
    [InlineData("model", "datasets/sums", "/etc", 0)]
    public async Task A_request_that_makes_no_sense_names_its_field(string field, string name, string model, int? limit)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        await DataFiles.UploadAsync(server, "datasets/sums", "train.jsonl", Sums, Cancel);
        DatasetReading? reading = limit is null ? null : new DatasetReading { Prompts = new PromptSource { Limit = limit.Value } };

        foreach (Func<Task> call in new Func<Task>[]
        {
            async () => await server.Datasets.ValidateDatasetAsync(new ValidateDatasetRequest { Name = name, Reading = reading, Model = model }, cancellationToken: Cancel),
            async () => await server.Datasets.GetDatasetStatisticsAsync(new GetDatasetStatisticsRequest { Name = name, Reading = reading, Model = model }, cancellationToken: Cancel),
        })
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.Equal(field, refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations[0].Field);
        }
    }

    [Fact]
    public async Task A_dataset_that_is_not_there_is_not_found()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        DatasetReading reading = new() { Prompts = new PromptSource() };
        foreach (Func<Task> call in new Func<Task>[]
        {
            async () => await server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = "datasets/none" }, cancellationToken: Cancel),
            async () => await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = "datasets/none" }, cancellationToken: Cancel),
            async () => await server.Datasets.ValidateDatasetAsync(new ValidateDatasetRequest { Name = "datasets/none", Reading = reading }, cancellationToken: Cancel),
            async () => await server.Datasets.GetDatasetStatisticsAsync(new GetDatasetStatisticsRequest { Name = "datasets/none", Reading = reading }, cancellationToken: Cancel),
        })
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal((StatusCode.NotFound, "datasets/none"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<ResourceInfo>()!.ResourceName));
        }
    }

    private static byte[] ContentOf(string file)
    {
        byte[] text = Encoding.UTF8.GetBytes(file.Split('.')[1] switch
        {
            "csv" => "prompt,answer\n2 + 2 =,4\n3 + 3 =,6\n\"4,\n\",8\n",
            "tsv" => "prompt\tanswer\n2 + 2 =\t4\n3 + 3 =\t6\n4\t8\n",
            "json" => "[{\"prompt\": \"1\"}, {\"prompt\": \"2\"}, {\"prompt\": \"3\"}]",
            _ => Sums,
        });
        switch (Path.GetExtension(file))
        {
            case ".gz":
                using (MemoryStream packed = new())
                {
                    using (GZipStream gzip = new(packed, CompressionLevel.Optimal))
                    {
                        gzip.Write(text);
                    }

                    return packed.ToArray();
                }

            case ".zst":
                using (ZstdSharp.Compressor compressor = new())
                {
                    return compressor.Wrap(text).ToArray();
                }

            case ".parquet":
                return File.ReadAllBytes(Path.Combine(Repository.Root, "tests/AlignService.Training.Tests/Data/Foreign/types/duckdb-V2-snappy.parquet"));
            default:
                return text;
        }
    }
}
