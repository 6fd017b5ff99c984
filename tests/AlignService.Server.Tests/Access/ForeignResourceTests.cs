using System.Text;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Xunit;
using JobCheckpoint = AlignService.Jobs.JobCheckpoint;
using Role = AlignService.Store.Access.Role;

namespace AlignService.Server.Tests.Access;

/// <summary>Models and datasets of two projects on one server: neither can use, change or learn of what the other has.</summary>
public sealed class ForeignResourceTests : IAsyncLifetime
{
    private const string Model = "models/theirs", Data = "datasets/theirs", File = "rows.jsonl";

    private static readonly byte[] Rows = Encoding.UTF8.GetBytes("{\"prompt\": \"2 + 2 =\", \"answer\": \"4\"}\n");

    private GuardedServer _guarded = null!;
    private Metadata _red = null!, _blue = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TestServer Server => _guarded.Server;

    public async ValueTask InitializeAsync()
    {
        _guarded = await GuardedServer.StartAsync(Cancel);
        _red = await _guarded.KeyAsync(GuardedServer.Red, Role.Submit, Cancel);
        _blue = await _guarded.KeyAsync(GuardedServer.Blue, Role.Submit, Cancel);
        await ModelFiles.Policy.ImportAsync(Server, Model, Cancel, _red);
        await new DataFiles(Server, _red).UploadAsync(Data, Cancel, (File, Rows));
    }

    public ValueTask DisposeAsync() => _guarded.DisposeAsync();

    /// <summary>Over the descriptors, so that a new method is asked too.</summary>
    [Fact]
    public async Task Method_OfAForeignName_AnswersAsOfAnAbsentOne()
    {
        await ModelFiles.Policy.ImportAsync(Server, "models/own", Cancel, _blue);
        MethodDescriptor[] methods = [.. new[] { ModelService.Descriptor, DatasetService.Descriptor }.SelectMany(service => service.Methods).Where(method => method.InputType.FindFieldByName("name") is not null && !method.Name.StartsWith("Begin", StringComparison.Ordinal))];
        Assert.True(methods.Length >= 8);
        foreach (MethodDescriptor method in methods)
        {
            string foreign = method.Service.Name == "ModelService" ? Model : Data, absent = foreign.Replace("theirs", "nobody", StringComparison.Ordinal);
            (StatusCode Code, string Detail) real = await AskAsync(method, foreign, _blue), none = await AskAsync(method, absent, _blue);
            Assert.Equal((StatusCode.NotFound, none.Detail.Replace(absent, foreign, StringComparison.Ordinal)), real);
            Assert.Equal(StatusCode.NotFound, none.Code);
        }

        Assert.Equal("models/own", Assert.Single((await Server.Models.ListModelsAsync(new ListModelsRequest(), _blue, cancellationToken: Cancel)).Models).Name);
        Assert.Empty((await Server.Datasets.ListDatasetsAsync(new ListDatasetsRequest(), _blue, cancellationToken: Cancel)).Datasets);
        Assert.Equal(Model, Assert.Single((await Server.Models.ListModelsAsync(new ListModelsRequest(), _red, cancellationToken: Cancel)).Models).Name);
    }

    [Fact]
    public async Task Name_IsEachProjectsOwn()
    {
        byte[] other = Encoding.UTF8.GetBytes("{\"prompt\": \"another\"}\n{\"prompt\": \"one\"}\n");
        await new DataFiles(Server, _blue).UploadAsync(Data, Cancel, (File, other));

        Assert.Equal(2, (await Server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = Data }, _blue, cancellationToken: Cancel)).Dataset.RowCount);
        Assert.Equal(1, (await Server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = Data }, _red, cancellationToken: Cancel)).Dataset.RowCount);
        await Server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = Data }, _blue, cancellationToken: Cancel);
        Assert.Equal(1, (await Server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = Data }, _red, cancellationToken: Cancel)).Dataset.RowCount);
    }

    /// <summary>What a project has is not sent again; that another has it is not told, by a count of bytes or otherwise.</summary>
    [Fact]
    public async Task Upload_OfWhatAnotherProjectHas_TakesEveryByte()
    {
        BeginUploadResponse own = await new DataFiles(Server, _red).BeginAsync("datasets/again", Cancel, (File, Rows));
        BeginUploadResponse foreign = await new DataFiles(Server, _blue).BeginAsync("datasets/again", Cancel, (File, Rows));
        BeginUploadResponse named = await new DataFiles(Server, _blue).BeginAsync(Data, Cancel, (File, Rows));
        BeginImportResponse model = await Server.Models.BeginImportAsync(new BeginImportRequest { Name = Model, Files = { ModelFiles.Policy.Declared } }, _blue, cancellationToken: Cancel);

        Assert.Equal(Rows.Length, Assert.Single(own.Received).ReceivedBytes);
        Assert.Equal(0, Assert.Single(foreign.Received).ReceivedBytes);
        Assert.Equal((0L, (Dataset?)null), (Assert.Single(named.Received).ReceivedBytes, named.Dataset));
        Assert.All(model.Received, file => Assert.Equal(0, file.ReceivedBytes));
        Assert.Null(model.Model);
    }

    [Fact]
    public async Task Upload_OfAnotherProject_CannotBeContinued()
    {
        BeginImportResponse begun = await Server.Models.BeginImportAsync(new BeginImportRequest { Name = "models/begun", Files = { ModelFiles.Policy.Declared } }, _red, cancellationToken: Cancel);
        RpcException foreign = await Assert.ThrowsAsync<RpcException>(() => ModelFiles.SendAsync(Server, begun.Upload, [], Cancel, _blue));
        string absent = begun.Upload[..^64] + new string('0', 64);
        RpcException none = await Assert.ThrowsAsync<RpcException>(() => ModelFiles.SendAsync(Server, absent, [], Cancel, _blue));

        Assert.Equal((StatusCode.NotFound, none.Status.Detail.Replace(absent, begun.Upload, StringComparison.Ordinal)), (foreign.StatusCode, foreign.Status.Detail));
        Assert.Equal("models/begun", (await ModelFiles.SendAsync(Server, begun.Upload, ModelFiles.Policy.Missing(begun.Received), Cancel, _red)).Name);
    }

    [Fact]
    public async Task Job_NamesWhatItsProjectHas_AndNothingElse()
    {
        JobSpec spec = Spec(Model, Data);
        await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, _red, cancellationToken: Cancel);
        string[] foreign = await ViolationsAsync(spec), absent = await ViolationsAsync(Spec("models/nobody", "datasets/nobody"));
        Assert.Equal(2, foreign.Length);
        Assert.Equal(absent.Select(text => text.Replace("nobody", "theirs", StringComparison.Ordinal)), foreign);

        // Nor by a path, neither to what is there nor to what is not.
        string root = Path.Combine(Server.Folder.Path, "projects", "red");
        foreach (string id in new[] { "theirs", "nobody" })
        {
            foreach (JobSpec path in new[] { Spec(Path.Combine(root, "models", id), null), Spec($"projects/red/models/{id}", null), Spec($"models/../projects/red/models/{id}", null), Spec("shared/policy", Path.Combine(root, "datasets", id)), Spec("shared/policy", $"projects/red/datasets/{id}/{File}") })
            {
                Assert.Contains("is outside the directories that jobs may read", Assert.Single(await ViolationsAsync(path)), StringComparison.Ordinal);
            }
        }

        ValidateDatasetRequest preview = new() { Name = Data, Reading = new DatasetReading { Prompts = new PromptSource() }, Model = Path.Combine(root, "models", "theirs") };
        await new DataFiles(Server, _blue).UploadAsync(Data, Cancel, (File, Rows));
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await Server.Datasets.ValidateDatasetAsync(preview, _blue, cancellationToken: Cancel));
        Assert.Contains("is outside the directories that jobs may read", refused.Status.Detail, StringComparison.Ordinal);

        async Task<string[]> ViolationsAsync(JobSpec asked)
        {
            RpcException wrong = await Assert.ThrowsAsync<RpcException>(async () => await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = asked, ValidateOnly = true }, _blue, cancellationToken: Cancel));
            return [.. wrong.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => $"{violation.Field}: {violation.Description}")];
        }
    }

    /// <summary>Its folder has no path that a job may name, and its adapter's base may be another such folder.</summary>
    [Fact]
    public async Task Job_NamesACheckpointOfItsProject()
    {
        string job = await _guarded.CreateAsync(_red, Cancel);
        FakeWorker worker = await FakeWorker.ClaimAsync(Server.Store, job);
        string checkpoint = $"{job}/checkpoints/step-000010";
        SampleSpecs.WriteModel(Server.Folder, checkpoint, 512, "LlamaForCausalLM");
        await Server.Store.Journal.AddCheckpointAsync(worker.Lease, new JobCheckpoint(10, Path.Combine(Server.Folder.Path, checkpoint), DateTimeOffset.UnixEpoch, null), Cancel);

        await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Spec(checkpoint, null), ValidateOnly = true }, _red, cancellationToken: Cancel);
        Assert.Equal(checkpoint, (await Server.Models.GetModelAsync(new GetModelRequest { Name = $"{job}/checkpoints/last" }, _red, cancellationToken: Cancel)).Model.Name);
        Assert.Equal(4, (await ModelFiles.DownloadAsync(Server, checkpoint, Cancel, _red)).Count);
        RpcException foreign = await Assert.ThrowsAsync<RpcException>(() => ModelFiles.DownloadAsync(Server, checkpoint, Cancel, _blue));
        Assert.Equal(StatusCode.NotFound, foreign.StatusCode);
        await Assert.ThrowsAsync<RpcException>(async () => await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Spec(checkpoint, null), ValidateOnly = true }, _blue, cancellationToken: Cancel));
    }

    [Fact]
    public async Task Deletion_WaitsForTheProjectsOwnJobs()
    {
        await ModelFiles.Policy.ImportAsync(Server, Model, Cancel, _blue);
        Job job = (await Server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Spec(Model, Data) }, _red, cancellationToken: Cancel)).Job;

        await Server.Models.DeleteModelAsync(new DeleteModelRequest { Name = Model }, _blue, cancellationToken: Cancel);
        foreach (Func<Task> delete in new Func<Task>[]
        {
            async () => await Server.Models.DeleteModelAsync(new DeleteModelRequest { Name = Model }, _red, cancellationToken: Cancel),
            async () => await Server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = Data }, _red, cancellationToken: Cancel),
        })
        {
            RpcException used = await Assert.ThrowsAsync<RpcException>(delete);
            Assert.Equal((StatusCode.FailedPrecondition, job.Name), (used.StatusCode, Assert.Single(used.GetRpcStatus()!.GetDetail<PreconditionFailure>()!.Violations).Subject));
        }

        await Server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job.Name }, _red, cancellationToken: Cancel);
        await Server.Jobs.DeleteJobAsync(new DeleteJobRequest { Name = job.Name }, _red, cancellationToken: Cancel);
        await Server.Models.DeleteModelAsync(new DeleteModelRequest { Name = Model }, _red, cancellationToken: Cancel);
        await Server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = Data }, _red, cancellationToken: Cancel);
        Assert.Empty(Directory.GetFiles(Path.Combine(Server.Folder.Path, "projects"), "*", SearchOption.AllDirectories));
    }

    private JobSpec Spec(string model, string? data)
    {
        JobSpec spec = SampleSpecs.Shared(Server.Folder);
        spec.Grpo.Model = model;
        spec.Grpo.Prompts = data is null ? spec.Grpo.Prompts : new PromptSource { File = data };
        return spec;
    }

    private async Task<(StatusCode Code, string Detail)> AskAsync(MethodDescriptor method, string name, Metadata credentials)
    {
        IMessage request = method.InputType.Parser.ParseFrom(ByteString.Empty);
        method.InputType.FindFieldByName("name").Accessor.SetValue(request, name);
        method.InputType.FindFieldByName("reading")?.Accessor.SetValue(request, new DatasetReading { Prompts = new PromptSource() });
        method.InputType.FindFieldByName("model")?.Accessor.SetValue(request, "models/own");
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => RawCalls.SendAsync(Server.Channel, method, [request.ToByteArray()], new CallOptions(credentials, cancellationToken: Cancel)));
        return (refused.StatusCode, refused.Status.Detail);
    }
}
