using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Server.Mapping;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store;
using AlignService.Store.Access;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>align.v1.AccessService.</summary>
[BindServiceMethod(typeof(ParsedRequests<AccessService>), nameof(ParsedRequests<>.BindService))]
internal class AccessService(JobStore store, CallerContext context) : IWireService
{
    private const int MaxNameLength = 100, MaxRequestsPerMinute = 1_000_000;

    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(3650);

    public static ServiceDescriptor Descriptor => Wire.AccessService.Descriptor;

    public static void Bind(ServiceBinderBase binder) => Wire.AccessService.BindService(binder, serviceImpl: null);

    public virtual Task<Wire.GetCallerResponse> GetCaller(Wire.GetCallerRequest request, ServerCallContext call) => Task.FromResult(new Wire.GetCallerResponse
    {
        Name = context.Caller.Name,
        Project = context.Caller.Project.ResourceName,
        Role = AccessMapper.Write(context.Caller.Role),
    });

    public virtual async Task<Wire.CreateProjectResponse> CreateProject(Wire.CreateProjectRequest request, ServerCallContext call)
    {
        if (!ProjectId.TryParse(request.ProjectId, out ProjectId id))
        {
            throw new InvalidRequestException("project_id", $"\"{Text.ShortText.Cut(request.ProjectId, 50)}\" is not a project's name; give 1 to 40 lower-case letters, digits and '-', the first a letter.");
        }

        await store.Access.CreateProjectAsync(id, call.CancellationToken);
        return new Wire.CreateProjectResponse { Project = AccessMapper.Write((await store.Access.FindProjectAsync(id, call.CancellationToken))!) }; // created above, or before
    }

    public virtual async Task<Wire.ListProjectsResponse> ListProjects(Wire.ListProjectsRequest request, ServerCallContext call)
    {
        IReadOnlyList<StoredProject> all = await store.Access.ListProjectsAsync(call.CancellationToken);
        return new Wire.ListProjectsResponse { Projects = { all.Where(project => context.Caller.Role == Role.Operator || project.Id == context.Caller.Project).Select(AccessMapper.Write) } };
    }

    public virtual async Task<Wire.CreateApiKeyResponse> CreateApiKey(Wire.CreateApiKeyRequest request, ServerCallContext call)
    {
        Role role = Check(request);
        var key = new NewApiKey(
            role == Role.Operator ? null : context.Caller.Project, request.DisplayName, role, request.Lifetime?.ToTimeSpan(), request.RequestsPerMinute);
        (ApiKey created, ApiKeySecret secret) = await store.Access.CreateKeyAsync(key, call.CancellationToken);
        return AccessMapper.Write(created, secret);
    }

    public virtual async Task<Wire.ListApiKeysResponse> ListApiKeys(Wire.ListApiKeysRequest request, ServerCallContext call)
    {
        IReadOnlyList<ApiKey> keys = await store.Access.ListKeysAsync(context.Caller.Project, call.CancellationToken);
        IReadOnlyList<ApiKey> operators = context.Caller.Role == Role.Operator ? await store.Access.ListKeysAsync(null, call.CancellationToken) : [];
        return new Wire.ListApiKeysResponse { ApiKeys = { keys.Concat(operators).Select(AccessMapper.Write) } };
    }

    public virtual async Task<Wire.RevokeApiKeyResponse> RevokeApiKey(Wire.RevokeApiKeyRequest request, ServerCallContext call)
    {
        string id = request.Name.Split('/')[^1];
        ApiKey? key = id.Length <= 40 ? await store.Access.FindKeyAsync(id, call.CancellationToken) : null;
        bool mine = key is not null && key.ResourceName == request.Name && (key.Project is null ? context.Caller.Role == Role.Operator : key.Project == context.Caller.Project);
        return mine
            ? new Wire.RevokeApiKeyResponse { ApiKey = AccessMapper.Write((await store.Access.RevokeKeyAsync(id, call.CancellationToken))!) } // found above; keys are never removed
            : throw new ResourceNotFoundException(Text.ShortText.Cut(request.Name, 100));
    }

    public virtual async Task<Wire.ListAuditEntriesResponse> ListAuditEntries(Wire.ListAuditEntriesRequest request, ServerCallContext call)
    {
        if (request.PageToken.Length > 0 && !Guid.TryParseExact(request.PageToken, "N", out _))
        {
            throw new InvalidRequestException("page_token", $"\"{Text.ShortText.Cut(request.PageToken, 50)}\" is not a token; use next_page_token of the previous page, or start again without one.");
        }

        int size = PageSize.Read(request.PageSize);
        var query = new AuditQuery(
            size + 1, context.Caller.Role == Role.Operator ? null : context.Caller.Project.ResourceName, Given(request.Caller), Given(request.Resource), Given(request.PageToken));
        IReadOnlyList<AuditEntry> found = await store.Audit.ListAsync(query, call.CancellationToken);
        return new Wire.ListAuditEntriesResponse { Entries = { found.Take(size).Select(AccessMapper.Write) }, NextPageToken = found.Count > size ? found[size - 1].Id : "" };
    }

    private Role Check(Wire.CreateApiKeyRequest request)
    {
        var violations = new ViolationList();
        if (request.DisplayName.Length > MaxNameLength || request.DisplayName.Any(char.IsControl))
        {
            violations.Add("display_name", $"it has {request.DisplayName.Length} characters; at most {MaxNameLength} are allowed, none of them a control character.");
        }

        Role? role = AccessMapper.Read(request.Role);
        if (role is null)
        {
            violations.Add("role", $"{request.Role} is not a role; give one of ROLE_READ, ROLE_SUBMIT, ROLE_ADMIN, ROLE_OPERATOR.");
        }

        if (request.Lifetime is { } lifetime && (lifetime.Seconds < 1 || lifetime.Seconds > LongestLifetime.TotalSeconds))
        {
            violations.Add("lifetime", $"it is {lifetime.Seconds} s; give 1 s to {LongestLifetime.TotalDays} days, or leave it out for a key that does not expire.", ViolationCode.OutOfRange);
        }

        if (request.RequestsPerMinute is < 0 or > MaxRequestsPerMinute)
        {
            violations.Add("requests_per_minute", $"it is {request.RequestsPerMinute}; give 1 to {MaxRequestsPerMinute}, or 0 for the server's limit.", ViolationCode.OutOfRange);
        }

        violations.ThrowIfAny();
        return role <= context.Caller.Role ? role.Value
            : throw new PermissionDeniedException($"a key of role {role.ToString()!.ToLowerInvariant()} takes a caller of that role; {context.Caller.Name} has {context.Caller.Role.ToString().ToLowerInvariant()}.");
    }

    private static string? Given(string text) => text.Length == 0 ? null : text;
}
