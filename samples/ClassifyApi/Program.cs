using Graft.Vision;

// A web API that classifies images: ClassifyApi --model flowers.graft
// curl --data-binary @rose.jpg http://localhost:5000/classify
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
string model = builder.Configuration["model"] ?? throw new InvalidOperationException("Name the model: --model FILE.graft");
builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = 20_000_000);

// One classifier serves all requests; each is computed by one thread.
builder.Services.AddSingleton(_ => ImageClassifier.Load(model, threads: 1));
WebApplication app = builder.Build();
app.Services.GetRequiredService<ImageClassifier>();

app.MapGet("/labels", (ImageClassifier classifier) => classifier.Labels);
app.MapPost("/classify", async (HttpRequest request, ImageClassifier classifier, CancellationToken cancel) =>
{
    using MemoryStream image = new();
    await request.Body.CopyToAsync(image, cancel);
    try
    {
        return Results.Ok(classifier.Classify(image.GetBuffer().AsSpan(0, (int)image.Length)).Take(5));
    }
    catch (ImageException e)
    {
        return Results.BadRequest(new { error = e.Message });
    }
});

await app.RunAsync();
