using Graft;
using Graft.Formats;
using Graft.Models;
using Graft.Vision;
using Graft.Vision.Distillation;

namespace Tour;

internal static class Distill
{
    public static void Run()
    {
        Model teacher = Model.Load("teacher.graft");
        IReadOnlyList<ImageItem> images = ImageDataset.FromUnlabelledFolder("my-images").Items;
        DistillResult result = Distiller.Train(teacher, Distiller.NewStudent(teacher, Architectures.Get("mobilenetv2_035")), images);
        result.Model.Save("student.graft", WeightPrecision.Float16);

        IReadOnlyList<Teacher> teachers = [new(Model.Load("teacher.graft")), new(Model.Load("another.graft"), Weight: 0.5)];
        DistillResult both = Distiller.Train(teachers, Distiller.NewStudent(teachers), images);
        both.Model.Save("of-both.graft");
    }
}
