using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Models;

/// <summary>Models over the wire, as a client on another machine has them.</summary>
public sealed class ModelServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_is_imported_listed_told_named_by_a_job_downloaded_and_deleted()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        StoredModel made = await ModelFiles.Policy.ImportAsync(server, "models/policy-1.0", Cancel);

        Assert.Equal(("models/policy-1.0", "language_model", true, ModelFiles.Policy.Bytes), (made.Name, made.Kind, made.Imported, made.SizeBytes));
        Assert.Equal(made, Assert.Single((await server.Models.ListModelsAsync(new ListModelsRequest(), cancellationToken: Cancel)).Models));
        StoredModel told = (await server.Models.GetModelAsync(new GetModelRequest { Name = made.Name, Rows = 3 }, cancellationToken: Cancel)).Model;
        Assert.Equal(ModelFiles.Policy.Declared, told.Files);
        Assert.Equal((true, "llama", made.ParameterCount, 3), (told.Report.Usable, told.Report.Family, told.ParameterCount, told.Report.Memory.Rows));
        Assert.True(told.Report.Memory.FullTraining > told.Report.Memory.Sampling && told.Report.ContextLength > 0 && told.Report.Tokenizer.VocabularySize > 0);

        Job job = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = SpecOn(made.Name) }, cancellationToken: Cancel)).Job;
        Assert.Equal(made.Name, job.Spec.Grpo.Model);
        Dictionary<string, byte[]> down = await ModelFiles.DownloadAsync(server, made.Name, Cancel);
        Assert.Equal(ModelFiles.Policy.Declared.Select(file => file.Path), down.Keys);
        Assert.All(down, file => Assert.Equal(ModelFiles.Policy.Read(file.Key), file.Value));

        await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job.Name }, cancellationToken: Cancel);
        await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = made.Name }, cancellationToken: Cancel);
        Assert.Empty((await server.Models.ListModelsAsync(new ListModelsRequest(), cancellationToken: Cancel)).Models);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.Folder.Path, "models")));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => server.Models.GetModelAsync(new GetModelRequest { Name = made.Name }, cancellationToken: Cancel)));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => server.Models.DeleteModelAsync(new DeleteModelRequest { Name = made.Name }, cancellationToken: Cancel)));
    }

    [Fact]
    public async Task The_same_import_again_is_the_model_and_another_of_its_name_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        StoredModel made = await ModelFiles.Policy.ImportAsync(server, "models/policy", Cancel);

        BeginImportResponse again = await BeginAsync(server, "models/policy", ModelFiles.Policy.Declared);
        Assert.Equal((made, ""), (again.Model, again.Upload));
        Assert.Equal("RESOURCE_EXISTS", await ReasonOf(() => BeginAsync(server, "models/policy", ModelFiles.Policy.Declared.Skip(1)), StatusCode.AlreadyExists));
    }

    [Fact]
    public async Task Lists_are_by_name_and_their_pages_meet()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string[] names = ["models/a", "models/a.b", "models/a-b", "models/b", "models/z9"];
        foreach (string name in names.Reverse())
        {
            await ModelFiles.Policy.ImportAsync(server, name, Cancel);
        }

        SampleSpecs.WriteModel(server.Folder, "models/by-hand", 64, "LlamaForCausalLM");
        SampleSpecs.WriteModel(server.Folder, "models/NotANameHere", 64, "LlamaForCausalLM");
        List<string> listed = [];
        ListModelsRequest request = new() { PageSize = 2 };
        do
        {
            ListModelsResponse page = await server.Models.ListModelsAsync(request, cancellationToken: Cancel);
            Assert.InRange(page.Models.Count, 1, 2);
            listed.AddRange(page.Models.Select(model => model.Name));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(names.Append("models/by-hand").Order(StringComparer.Ordinal), listed);
        Assert.Equal("PAGE_TOKEN_UNKNOWN", await ReasonOf(() => server.Models.ListModelsAsync(new ListModelsRequest { PageToken = "bW9kZWxz" }, cancellationToken: Cancel), StatusCode.InvalidArgument));
    }

    [Fact]
    public async Task What_an_operator_put_there_is_a_model_but_stays()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(server.Folder, "models/policy", 64, "LlamaForCausalLM");

        StoredModel told = (await server.Models.GetModelAsync(new GetModelRequest { Name = "models/policy" }, cancellationToken: Cancel)).Model;
        Assert.Equal((false, 4), (told.Imported, told.Files.Count));
        Assert.Equal(4, (await ModelFiles.DownloadAsync(server, "models/policy", Cancel)).Count);
        Assert.Equal("IN_USE", await ReasonOf(() => server.Models.DeleteModelAsync(new DeleteModelRequest { Name = "models/policy" }, cancellationToken: Cancel), StatusCode.FailedPrecondition));
        Assert.True(Directory.Exists(Path.Combine(server.Folder.Path, "models/policy")));
    }

    [Theory]
    [InlineData("models/")]
    [InlineData("models/..")]
    [InlineData("models/.upload.a.b")]
    [InlineData("models/A")]
    [InlineData("models/a/b")]
    [InlineData("models/a\n")]
    [InlineData("models/-a")]
    [InlineData("models/a.")]
    [InlineData("/etc")]
    [InlineData("datasets/a")]
    [InlineData("jobs/abcd/checkpoints/../../..")]
    [InlineData("models/a\0")]
    [InlineData("models/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")] // 64 letters
    public async Task A_name_that_is_none_is_refused_everywhere(string name)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        foreach (Func<Task> call in new Func<Task>[]
        {
            async () => await BeginAsync(server, name, ModelFiles.Policy.Declared),
            async () => await server.Models.GetModelAsync(new GetModelRequest { Name = name }, cancellationToken: Cancel),
            async () => await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = name }, cancellationToken: Cancel),
            () => ModelFiles.DownloadAsync(server, name, Cancel),
            () => ModelFiles.SendAsync(server, $"{name}/uploads/{new string('0', 64)}", [], Cancel),
        })
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        }
    }

    [Fact]
    public async Task A_model_that_cannot_be_used_is_refused_with_its_faults_and_dropped()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using TestFolder folder = new();
        folder.Write("config.json", """{"model_type": "mamba3", "architectures": ["Mamba3ForCausalLM"]}""");
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(() => new ModelFiles(folder.Path).ImportAsync(server, "models/mamba", Cancel));
        Assert.Contains("mamba3", unknown.Status.Detail, StringComparison.Ordinal);

        SampleSpecs.WriteModel(folder, ".", 64, "LlamaForCausalLM"); // without weights in its file
        RpcException empty = await Assert.ThrowsAsync<RpcException>(() => new ModelFiles(folder.Path).ImportAsync(server, "models/empty", Cancel));

        Assert.All([unknown, empty], refused => Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode));
        Assert.DoesNotContain(server.Folder.Path, unknown.Status.Detail + empty.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.Folder.Path, "models")));
    }

    [Fact]
    public async Task An_adapter_needs_its_base_here_and_keeps_it()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using TestFolder folder = new();
        ModelFiles Adapter(string over)
        {
            folder.Write("adapter_config.json", $$"""{"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "{{over}}", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}""");
            File.WriteAllBytes(Path.Combine(folder.Path, "adapter_model.safetensors"), [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}']);
            return new ModelFiles(folder.Path);
        }

        foreach (string elsewhere in (string[])["meta-llama/Llama-3", "/etc", "..", "../..", "../policy/../policy/x", "../policy"])
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => Adapter(elsewhere).ImportAsync(server, "models/adapter", Cancel));
            Assert.Contains("import the base first", refused.Status.Detail, StringComparison.Ordinal);
        }

        await ModelFiles.Policy.ImportAsync(server, "models/policy", Cancel);
        StoredModel adapter = await Adapter("../policy").ImportAsync(server, "models/adapter", Cancel);
        Assert.Equal("adapter", adapter.Kind);
        RpcException kept = await Assert.ThrowsAsync<RpcException>(async () => await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = "models/policy" }, cancellationToken: Cancel));
        Assert.Equal("models/adapter", Assert.Single(kept.GetRpcStatus()!.GetDetail<PreconditionFailure>()!.Violations).Subject);
        await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = "models/adapter" }, cancellationToken: Cancel);
        await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = "models/policy" }, cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_model_in_use_stays_and_the_job_is_named()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        StoredModel model = await ModelFiles.Policy.ImportAsync(server, "models/policy", Cancel);
        JobSpec byPath = SpecOn(Path.Combine(server.Folder.Path, model.Name));
        foreach (JobSpec spec in (JobSpec[])[SpecOn(model.Name), byPath])
        {
            Job job = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job;
            RpcException used = await Assert.ThrowsAsync<RpcException>(async () => await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = model.Name }, cancellationToken: Cancel));
            Assert.Equal((StatusCode.FailedPrecondition, job.Name), (used.StatusCode, Assert.Single(used.GetRpcStatus()!.GetDetail<PreconditionFailure>()!.Violations).Subject));
            Assert.Contains(job.Name, used.Status.Detail, StringComparison.Ordinal);
            await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job.Name }, cancellationToken: Cancel);
        }

        await server.Models.DeleteModelAsync(new DeleteModelRequest { Name = model.Name }, cancellationToken: Cancel);
        RpcException gone = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = SpecOn(model.Name) }, cancellationToken: Cancel));
        BadRequest.Types.FieldViolation violation = Assert.Single(gone.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal(("spec.grpo.model", "NOT_FOUND"), (violation.Field, violation.Reason));
    }

    /// <summary>Whichever comes first, no job is left with a model that has gone.</summary>
    [Fact]
    public async Task Creating_jobs_and_deleting_their_model_at_once_never_leaves_a_job_without_it()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        int created = 0, deleted = 0;
        for (int round = 0; round < 12; round++)
        {
            string name = $"models/round-{round}";
            await ModelFiles.Policy.ImportAsync(server, name, Cancel);
            Task<StatusCode> delete = Task.Run(() => StatusOf(() => server.Models.DeleteModelAsync(new DeleteModelRequest { Name = name }, cancellationToken: Cancel)), Cancel);
            StatusCode[] creates = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StatusOf(() => server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = SpecOn(name) }, cancellationToken: Cancel)), Cancel)));

            bool exists = Directory.Exists(Path.Combine(server.Folder.Path, name));
            Assert.Equal(exists, await delete == StatusCode.FailedPrecondition);
            Assert.All(creates, status => Assert.Contains(status, exists ? [StatusCode.OK] : (StatusCode[])[StatusCode.NotFound, StatusCode.InvalidArgument]));
            created += exists ? 1 : 0;
            deleted += exists ? 0 : 1;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{created} rounds kept the model, {deleted} deleted it");
    }

    private static JobSpec SpecOn(string model)
    {
        using TestFolder none = new();
        JobSpec spec = SampleSpecs.Valid(none, writesModel: false);
        spec.Grpo.Model = model;
        return spec;
    }

    private static async Task<BeginImportResponse> BeginAsync(TestServer server, string name, IEnumerable<StoredFile> files) =>
        await server.Models.BeginImportAsync(new BeginImportRequest { Name = name, Files = { files } }, cancellationToken: Cancel);

    private static async Task<StatusCode> StatusOf<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    private static Task<string> ReasonOf<T>(Func<AsyncUnaryCall<T>> call, StatusCode status) => ReasonOf(async () => await call(), status);

    private static async Task<string> ReasonOf<T>(Func<Task<T>> call, StatusCode status)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(status, refused.StatusCode);
        return refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason;
    }
}
