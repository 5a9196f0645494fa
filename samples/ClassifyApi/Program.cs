using Graft.Hosting;
using Graft.Vision;

// A web API that classifies images: ClassifyApi --model flowers.graft
// curl --data-binary @rose.jpg http://localhost:5000/classify
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = 20_000_000);

// One classifier serves all requests; each is computed by one thread. A newer file of the same name is served without a restart.
builder.Services.AddImageClassifier(options =>
{
    options.Path = builder.Configuration["model"] ?? throw new InvalidOperationException("Name the model: --model FILE.graft");
    options.Threads = 1;
    options.ReloadOnChange = true;
});
builder.Services.AddHealthChecks().AddImageClassifier();

WebApplication app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/labels", (IImageClassifier classifier) => classifier.Labels);
app.MapPost("/classify", async (HttpRequest request, IImageClassifier classifier, CancellationToken cancel) =>
{
    try
    {
        return Results.Ok(await classifier.ClassifyAsync(request.Body, top: 5, cancel));
    }
    catch (ImageException e)
    {
        return Results.BadRequest(new { error = e.Message });
    }
});

await app.RunAsync();
