# trainings.sh - small trainings that several tests disturb, to be sourced after check.sh: data.h5 and r.yaml in the
# current folder. Each is checked to work; nothing else of it is.

# two_layers EPOCHS EVERY: four steps of 16 samples in each epoch, checkpoints every so many steps
two_layers() {
  run 0 import synthetic --seed 3 --train 64 --test 16 data.h5
  exits "synthetic data set" 0
  cat >r.yaml <<YAML
model: {name: mlp, hidden: [8]}
data: {file: data.h5}
batch: {size: 16, shards: 2}
train: {epochs: $1, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.02}
checkpoint: {every_steps: $2, every_epochs: 0, keep: 2}
YAML
}
# left_alone EPOCHS: 31 steps of 64 samples in each epoch, long enough to lose ranks in; in the folder whole what becomes
# of it if nobody is lost, its weights in $want
left_alone() {
  run 0 import synthetic --seed 3 --train 2000 --test 1000 --shape 1x16x16 data.h5
  exits "data set" 0
  cat >r.yaml <<YAML
model: {name: mlp, hidden: [256, 128]}
data: {file: data.h5}
batch: {size: 64, shards: 8}
train: {epochs: $1, peer_timeout: 20}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.01}
checkpoint: {every_steps: 10}
YAML
  run 0 train r.yaml --run-dir whole
  exits "nobody is lost" 0
  want=$(field weights_hash whole/summary.json)
}
# table ROWS ABSURD: three columns, whose sum decides the class; row 100 has ABSURD in its first one, and the wrong
# class; 0: no such row
table() {
  awk -v rows="$1" -v absurd="$2" 'BEGIN {
    srand(5); print "a,b,c,label"
    for (i = 1; i <= rows; i++) {
      a = 2 * rand() - 1; b = 2 * rand() - 1; c = 2 * rand() - 1
      print (i == 100 && absurd ? absurd : a) "," b "," c "," (a + b + c > 0 && !(i == 100 && absurd) ? "yes" : "no")
    }
  }'
}
